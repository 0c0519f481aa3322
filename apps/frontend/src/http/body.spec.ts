import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { MAX_DOCUMENT_BYTES } from '@shoal/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { inTime, textOf } from './body.js';

async function answer(sending: ClientRequest): Promise<string> {
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  return text(response);
}

describe('the text of a body', () => {
  let server: Server;

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Sends a request to a server that answers with its body's text, or why there is none. */
  async function put(wholeMs: number): Promise<ClientRequest> {
    server = createServer((asking, response) => {
      textOf(asking, wholeMs).then(
        (body) => response.end(body),
        (error: Error) => response.setHeader('x-was-read', String(asking.readableEnded)).end(error.name),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sending = request({ port, host: '127.0.0.1', method: 'PUT' });
    sending.on('error', () => undefined);
    return sending;
  }

  it('is put together again, also where a character was torn', async () => {
    const sending = await put(10_000);
    const bytes = Buffer.from('träge 🐌');
    const answered = answer(sending);
    for (const byte of bytes) sending.write(Uint8Array.of(byte));
    sending.end();
    expect(await answered).toBe('träge 🐌');
  });

  it('is rejected when it stalls, and its sender told', async () => {
    const sending = await put(50);
    sending.write('{');
    expect(await answer(sending)).toBe('RequestTimeoutException');
  });

  it('is rejected when it comes in drops, however steadily', async () => {
    const sending = await put(100);
    const drip = setInterval(() => sending.write(' '), 10);
    expect(await answer(sending)).toBe('RequestTimeoutException');
    clearInterval(drip);
  });

  it('is rejected when it is too large, before it has come', async () => {
    const sending = await put(10_000);
    sending.write(Buffer.alloc(2 * MAX_DOCUMENT_BYTES + 1));
    expect(await answer(sending)).toBe('PayloadTooLargeException');
  });

  it('is read to its end when it is too large but not huge: who still sends would not see the answer', async () => {
    const sending = await put(10_000);
    sending.end(Buffer.alloc(8 * MAX_DOCUMENT_BYTES));
    const [{ headers }] = (await once(sending, 'response')) as [IncomingMessage];
    expect(headers['x-was-read']).toBe('true');
  });
});

describe('the pieces of a body', () => {
  it('may be read at leisure: only what is waited for must come in time', async () => {
    const body = new PassThrough();
    const read: string[] = [];
    body.write('a');
    for await (const piece of inTime(body, () => 20)) {
      read.push(piece.toString());
      await new Promise((resolve) => setTimeout(resolve, 60));
      if (read.length === 1) body.end('b');
    }
    expect(read).toEqual(['a', 'b']);
  });

  it('end with the sender', async () => {
    const body = new PassThrough();
    const next = inTime(body, () => 10_000).next();
    body.destroy(new Error('aborted'));
    await expect(next).rejects.toThrow('the body broke off');
  });
});
