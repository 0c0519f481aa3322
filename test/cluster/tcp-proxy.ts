import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  /** The target's URL with the proxy's port. */
  readonly url: string;
  /**
   * Throws away what the target answers: writes arrive and acknowledgements are lost.
   * @param from only after the client has sent this text; at once without it
   */
  dropReplies(from?: string): void;
  /** Lets this many more bytes through to the target and then breaks all connections. */
  breakAfter(bytes: number): void;
  /** Breaks all connections; new ones work as if nothing had been. */
  heal(): void;
  stop(): Promise<void>;
}

/** A network between client and server that a spec can break in chosen ways. */
export async function startProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  /** Once the client has sent this, replies are dropped. */
  let dropFrom: string | null = null;
  let replies = true;
  let bytesLeft = Infinity;

  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    replies = true;
    dropFrom = null;
    bytesLeft = Infinity;
  };
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.on('data', (chunk) => replies && client.write(chunk));
    client.on('data', (chunk) => {
      if (dropFrom !== null && chunk.includes(dropFrom)) replies = false;
      upstream.write(chunk.subarray(0, bytesLeft));
      bytesLeft -= chunk.length;
      if (bytesLeft <= 0) upstream.end(breakAll);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dropReplies(from) {
      if (from === undefined) replies = false;
      else dropFrom = from;
    },
    breakAfter: (bytes) => void (bytesLeft = bytes),
    heal: breakAll,
    async stop() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
