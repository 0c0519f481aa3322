import { expect, it } from 'vitest';
import { answering } from '../cluster/stand-ins.ts';
import { request } from './client.ts';

it('a complete answer that is no JSON keeps its status, and is not taken for a broken connection', async () => {
  const url = await answering((_, response) => response.end('{"hits":['));
  expect(await request(url, 5_000)).toMatchObject({ status: 200, body: '{"hits":[', malformed: true });
});

it('an answer that breaks off is none', async () => {
  const url = await answering((_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"hits":[', () => response.destroy());
  });
  expect(await request(url, 5_000)).toMatchObject({ status: 0, malformed: false });
});
