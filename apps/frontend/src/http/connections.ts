import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import net, { type Socket } from 'node:net';
import { IDLE_CONNECTION_MS } from '@shoal/contracts';

/** After this long at the end, in ms, what is still under way is cut off. */
const LONGEST_MS = 25_000;
const SWEEP_MS = 50;

interface Connection {
  /** Requests that are not answered yet. */
  open: number;
  idleSince: number;
}

/** The connections of an HTTP server, so that it can end without breaking a request. Made before the server listens. */
export class Connections {
  private readonly connections = new Map<Socket, Connection>();
  private readonly responses = new Set<ServerResponse>();
  private closing = false;

  constructor(
    private readonly server: Server,
    private readonly times = { graceMs: IDLE_CONNECTION_MS, longestMs: LONGEST_MS },
  ) {
    server.on('connection', (socket) => this.connected(socket));
    // Before the handler of the requests, which may answer at once.
    server.prependListener('request', (_, response) => this.asked(response));
  }

  /**
   * Drains the server: accepts no more connections and sends `Connection: close` with the next response on each open one. Idle
   * connections are closed after a grace period. Resolves when all are closed, the last of them by force.
   */
  async drain(): Promise<void> {
    this.closing = true;
    const closed = once(this.server, 'close');
    // HTTP's own close cuts idle connections at once, and with them the requests that are on their way.
    net.Server.prototype.close.call(this.server);
    for (const response of this.responses) announceEnd(response);
    for (const connection of this.connections.values()) connection.idleSince = performance.now();
    // Run after the sockets have been read: a busy process may not have seen a request that has arrived.
    const sweep = setInterval(() => setImmediate(() => this.closeIdle()), SWEEP_MS);
    const cutOff = setTimeout(() => this.closeAll(), this.times.longestMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(cutOff);
  }

  private connected(socket: Socket): void {
    this.connections.set(socket, { open: 0, idleSince: performance.now() });
    socket.once('close', () => this.connections.delete(socket));
  }

  private asked(response: ServerResponse): void {
    const connection = this.connections.get(response.req.socket);
    if (!connection) return;
    if (this.closing) announceEnd(response);
    connection.open++;
    this.responses.add(response);
    response.once('close', () => {
      connection.open--;
      connection.idleSince = performance.now();
      this.responses.delete(response);
    });
  }

  private closeIdle(): void {
    const oldest = performance.now() - this.times.graceMs;
    for (const [socket, { open, idleSince }] of this.connections)
      if (open === 0 && idleSince < oldest) socket.destroy();
  }

  private closeAll(): void {
    for (const socket of this.connections.keys()) socket.destroy();
  }
}

function announceEnd(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
