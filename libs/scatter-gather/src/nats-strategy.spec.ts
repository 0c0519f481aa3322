import { connect, type NatsConnection } from '@nats-io/transport-node';
import { EMPTY, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startNats, type NatsServer } from '../../../test/support/nats-server.js';
import type { QueueBound } from './bounded-queue.js';
import { NatsStrategy, type AskContext } from './nats-strategy.js';

let server: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  server = await startNats();
  connection = await connect({ servers: server.url });
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

const busy = () => 'busy';
const echo = { echo: { subject: 'echo', busy } };
type Handler = (text: string, context: AskContext) => Promise<unknown>;

function strategy(handlers: Record<string, Handler>, patterns = echo, bound?: QueueBound): NatsStrategy {
  const made = new NatsStrategy(connection, patterns, bound);
  for (const [pattern, handler] of Object.entries(handlers)) made.addHandler(pattern, handler);
  return made;
}

const nothing = () => Promise.resolve('');
const ask = async (text: string) => (await connection.request('echo', text, { timeout: 2_000 })).string();

describe('the NATS strategy', () => {
  it('answers with the text that the handler returns, or the last that its observable gives', async () => {
    const listening = strategy({
      echo: async (text, { arrivedAt }) =>
        arrivedAt > 0 && text === 'rx' ? of('first', 'last') : `hello ${text}`,
    });
    listening.listen(() => undefined);
    expect(await ask('you')).toBe('hello you');
    expect(await ask('rx')).toBe('last');
    await listening.close();
  });

  it('sends no reply when the handler gives none', async () => {
    const listening = strategy({ echo: (text) => Promise.resolve(text === 'rx' ? EMPTY : undefined) });
    listening.listen(() => undefined);
    for (const text of ['rx', 'plain'])
      await expect(connection.request('echo', text, { timeout: 200 })).rejects.toThrow(/timeout/i);
    await listening.close();
  });

  it('refuses to start without a handler for a pattern, and names the mend', () => {
    expect(() => strategy({}).listen(() => undefined)).toThrow(
      /no handler for echo: add .*@MessagePattern\('echo'\)/,
    );
  });

  it('refuses to start with a handler that nothing leads to, and names the mend', () => {
    expect(() => strategy({ echo: nothing, typo: nothing }).listen(() => undefined)).toThrow(
      /no subject for typo: name it in the NatsStrategy's patterns/,
    );
  });

  it('tells how many messages wait and how many are being worked on', async () => {
    const seen: [queued: number, inProgress: number][] = [];
    const listening = strategy({
      echo: (text) => {
        seen.push([listening.queued, listening.inProgress]);
        return Promise.resolve(text);
      },
    });
    listening.listen(() => undefined);
    await Promise.all(['a', 'b', 'c'].map(ask));
    expect(seen).toEqual([
      [2, 1],
      [1, 1],
      [0, 1],
    ]);
    expect([listening.queued, listening.inProgress]).toEqual([0, 0]);
    await listening.close();
  });

  it('says at once that it is busy to what finds the queue full, and loses none of the others', async () => {
    const listening = strategy({ echo: (text) => Promise.resolve(text) }, echo, {
      items: 2,
      waitMs: Infinity,
    });
    listening.listen(() => undefined);
    // In one write of the client, so that they arrive in one turn of this process.
    const replies = await Promise.all(['a', 'b', 'c', 'd'].map(ask));
    expect(replies.slice(0, 2)).toEqual(['a', 'b']);
    expect(replies.slice(2)).toEqual(['busy', 'busy']);
    await listening.close();
  });

  it('survives a handler that throws, and answers the next', async () => {
    const listening = strategy({
      echo: (text) => (text === 'bad' ? Promise.reject(new Error('no such luck')) : Promise.resolve('fine')),
    });
    const logged = vi.spyOn(listening['logger'], 'error').mockReturnValue(undefined);
    listening.listen(() => undefined);
    connection.publish('echo', 'bad', { reply: 'nowhere' });
    expect(await ask('good')).toBe('fine');
    expect(logged).toHaveBeenCalledWith('echo failed', new Error('no such luck'));
    await listening.close();
  });

  it('finishes what it has taken before it is closed', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const listening = strategy({ echo: () => (begin(), promise) });
    listening.listen(() => undefined);
    const asked = ask('slow');
    await begun;
    const closing = listening.close();
    resolve('done');
    await closing;
    expect(await asked).toBe('done');
  });
});
