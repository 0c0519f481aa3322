import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { StartupError } from './startup-error.js';

export const HOST = '127.0.0.1';

/**
 * Range of free ports: below those that systems use for outgoing connections (from 32768 on Linux), otherwise such a connection
 * could take a port between its choice here and its use by a process that starts.
 */
const [FIRST, END] = [20_000, 32_000];
const TRIES = 100;
/** Ports given to processes that may not listen on them yet. */
const given = new Set<number>();

/** Returns different ports of this machine without a listener. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere(HOST)));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map(close));
  return ports;
}

/**
 * Verifies that no process listens on the port.
 * @returns the port, a free one for 0
 * @throws StartupError when the port is in use or forbidden, or the host is not of this machine
 */
export async function claimPort(host: string, port: number): Promise<number> {
  try {
    const server = port === 0 ? await listenAnywhere(host) : await listen(host, port);
    const claimed = (server.address() as net.AddressInfo).port;
    await close(server);
    return claimed;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRNOTAVAIL' || code === 'EINVAL' || code === 'EAFNOSUPPORT')
      throw new StartupError(
        `this machine has no address ${host}: give one that it has with --host, or 0.0.0.0 for all`,
      );
    if (code === 'EADDRINUSE') throw new StartupError(`port ${port} is in use: give another one with --port`);
    throw new StartupError(`port ${port} cannot be used (${code}): give another one with --port`);
  }
}

async function listenAnywhere(host: string): Promise<net.Server> {
  for (let left = TRIES; ; left--) {
    const port = randomInt(FIRST, END);
    if (given.has(port)) continue;
    try {
      const server = await listen(host, port);
      given.add(port);
      return server;
    } catch (error) {
      if (left === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function listen(host: string, port: number): Promise<net.Server> {
  const server = net.createServer();
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

async function close(server: net.Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
