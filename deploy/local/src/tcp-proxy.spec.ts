import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { HOST } from './ports.js';
import { startTcpProxy } from './tcp-proxy.js';

const servers: net.Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function backend(name: string): Promise<{ host: string; port: number }> {
  const server = http.createServer((request, response) => request.pipe(response.setHeader('name', name)));
  servers.push(server.listen(0, HOST));
  await once(server, 'listening');
  return { host: HOST, port: portOf(server) };
}

async function proxy(...backends: { host: string; port: number }[]): Promise<string> {
  const server = await startTcpProxy(HOST, 0, () => backends);
  servers.push(server);
  return `http://${HOST}:${portOf(server)}`;
}

const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port;

async function whoAnswers(url: string): Promise<string | null> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return response.headers.get('name');
}

it('gives connections to the backends in turn', async () => {
  const url = await proxy(await backend('one'), await backend('two'));
  const names = [await whoAnswers(url), await whoAnswers(url), await whoAnswers(url), await whoAnswers(url)];
  expect(names).toEqual(['one', 'two', 'one', 'two']);
});

it('goes on to the next backend when one does not answer', async () => {
  const gone = await backend('gone');
  const [server] = servers.splice(0);
  server!.close();
  await once(server!, 'close');
  const url = await proxy(gone, await backend('two'));
  expect([await whoAnswers(url), await whoAnswers(url)]).toEqual(['two', 'two']);
});

it('hangs up when no backend answers', async () => {
  const url = await proxy();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

it('carries megabytes both ways unchanged', async () => {
  const body = Buffer.alloc(4 * 1024 * 1024, 'shoal');
  const response = await fetch(await proxy(await backend('one')), { method: 'POST', body });
  expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
});
