import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect } from '@nats-io/transport-node';
import { startNats } from '../../../test/cluster/nats-server.js';
import { ConnectionStatus, flushWithin, Signal } from './connection.js';

describe('Signal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('resumes all waiters when it is notified, and leaves no timer', async () => {
    const signal = new Signal();
    const waiting = [signal.wait(1_000), signal.wait(5_000)];
    signal.notifyAll();
    await Promise.all(waiting);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('resumes one waiter when its time is over', async () => {
    const signal = new Signal();
    const gone: string[] = [];
    void signal.wait(10).then(() => gone.push('short'));
    void signal.wait(1_000).then(() => gone.push('long'));
    await vi.advanceTimersByTimeAsync(10);
    expect(gone).toEqual(['short']);
    signal.notifyAll();
    await vi.advanceTimersByTimeAsync(0);
    expect(gone).toEqual(['short', 'long']);
  });
});

describe('ConnectionStatus', { timeout: 30_000 }, () => {
  it('reports disconnects and reconnects to every listener until it is removed', async () => {
    const nats = await startNats();
    const connection = await connect({
      servers: nats.url,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 20,
    });
    try {
      const events: string[] = [];
      const status = ConnectionStatus.of(connection);
      expect(ConnectionStatus.of(connection)).toBe(status);
      status.follow({
        onDisconnect: () => events.push(`disconnect, connected: ${status.isConnected}`),
        onReconnect: () => events.push(`reconnect, connected: ${status.isConnected}`),
      });
      const removed = vi.fn<() => void>();
      status.follow({ onDisconnect: removed })();
      expect(await status.connectedWithin(0)).toBe(true);
      expect(await flushWithin(connection, 5_000)).toBe(true);

      await nats.restart();
      await vi.waitFor(() => expect(events).toHaveLength(2), 15_000);
      expect(events).toEqual(['disconnect, connected: false', 'reconnect, connected: true']);
      expect(removed).not.toHaveBeenCalled();

      nats.pause();
      expect(await flushWithin(connection, 50)).toBe(false);
      nats.resume();
    } finally {
      await connection.close();
      await nats.stop();
    }
  });
});
