import net from 'node:net';
import { once } from 'node:events';
import { Trouble } from './trouble.js';

export const HOST = '127.0.0.1';

/** Ports of this machine that nobody listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map(close));
  return ports;
}

/**
 * Makes sure that nobody listens on the port.
 * @returns the port, a free one for 0
 * @throws Trouble when it is in use or not ours to take
 */
export async function claimPort(port: number): Promise<number> {
  if (port === 0) return (await freePorts(1))[0]!;
  try {
    await close(await listen(port));
    return port;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new Trouble(`port ${port} is in use: give another one with --port`);
    throw new Trouble(`port ${port} cannot be used (${code}): give another one with --port`);
  }
}

/** Whether several processes can listen on one port here and the system spreads the connections. */
export async function canSharePort(): Promise<boolean> {
  try {
    await close(await listen(0, true));
    return true;
  } catch {
    return false;
  }
}

async function listen(port: number, reusePort = false): Promise<net.Server> {
  const server = net.createServer();
  server.listen({ port, host: HOST, reusePort });
  await once(server, 'listening');
  return server;
}

async function close(server: net.Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
