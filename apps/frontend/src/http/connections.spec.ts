import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Connections } from './connections.js';

const times = { graceMs: 200, longestMs: 1_000 };

let server: http.Server;
let connections: Connections;
/** Requests that wait for their answer. */
let waiting: http.ServerResponse[];
let agent: http.Agent;

beforeEach(async () => {
  waiting = [];
  agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  server = http.createServer((request, response) => {
    if (request.url === '/later') waiting.push(response);
    else response.end();
  });
  connections = new Connections(server, times);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(() => {
  agent.destroy();
  server.closeAllConnections();
});

const port = () => (server.address() as net.AddressInfo).port;

async function ask(path: string, at = port()): Promise<http.IncomingMessage> {
  const request = http.get({ port: at, host: '127.0.0.1', path, agent });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await once(response.resume(), 'end');
  return response;
}

it('answers a request that comes on an idle connection at the end, and says that it was the last', async () => {
  const at = port();
  expect((await ask('/', at)).headers.connection).toBe('keep-alive');
  const drained = connections.drain();
  expect((await ask('/', at)).headers.connection).toBe('close');
  await drained;
});

it('lets a request that is under way finish', async () => {
  const answered = ask('/later');
  await expect.poll(() => waiting.length).toBe(1);
  const drained = connections.drain();
  setTimeout(() => waiting[0]!.end(), 2 * times.graceMs);
  expect((await answered).headers.connection).toBe('close');
  await drained;
});

it('closes a connection on which nothing comes, but not at once', async () => {
  await ask('/');
  const began = performance.now();
  await connections.drain();
  expect(performance.now() - began).toBeGreaterThanOrEqual(times.graceMs);
});

it('cuts off what does not end', async () => {
  const asked = ask('/later').catch(String);
  await expect.poll(() => waiting.length).toBe(1);
  await connections.drain();
  expect(await asked).toContain('socket hang up');
});

it('takes no new connection', async () => {
  const at = port();
  await ask('/');
  const drained = connections.drain();
  await expect(once(net.connect(at, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  await drained;
});
