import { once } from 'node:events';
import net from 'node:net';

/**
 * Stands in for a shared port where the system has none: listens itself and gives each connection to the next
 * backend in turn, or to the one after it when that does not answer.
 * @param backends called for each connection, so that restarted backends are found under their new ports
 */
export async function startTcpProxy(
  host: string,
  port: number,
  backends: () => { host: string; port: number }[],
): Promise<net.Server> {
  let turn = 0;
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const now = backends();
    const order = now.map((_, i) => now[(turn + i) % now.length]!);
    turn += 1;
    void connectFirst(order).then((upstream) => (upstream ? join(client, upstream) : client.destroy()));
    // Without a listener a client that goes away in the meantime would end this process.
    client.on('error', () => client.destroy());
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

async function connectFirst(backends: { host: string; port: number }[]): Promise<net.Socket | undefined> {
  for (const backend of backends) {
    const socket = net.connect({ ...backend, allowHalfOpen: true });
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      socket.destroy();
    }
  }
  return undefined;
}

function join(client: net.Socket, upstream: net.Socket): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroySoon());
    from.pipe(to);
  }
  if (client.destroyed) upstream.destroy();
}
