import { connect, type MsgCallback, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { EMPTY, of } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startNats, type NatsServer } from '../../../test/cluster/nats-server.js';
import { type QueueBound, type RequestContext, RequestServer } from './request-server.js';

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
type Handler = (text: string, context: RequestContext) => Promise<unknown>;

const made: RequestServer[] = [];
// A server that a failed test left open would respond to the next test.
afterEach(() => Promise.all(made.splice(0).map((strategy) => strategy.close())));

function strategy(
  handlers: Record<string, Handler>,
  through = connection,
  bound?: QueueBound,
): RequestServer {
  const strategy = new RequestServer(through, echo, bound);
  for (const [pattern, handler] of Object.entries(handlers)) strategy.addHandler(pattern, handler);
  made.push(strategy);
  return strategy;
}

const nothing = () => Promise.resolve('');
const ask = async (text: string) => (await connection.request('echo', text, { timeout: 2_000 })).string();

/** A connection whose messages arrive in one turn of the event loop, which a socket does not guarantee. */
function inOneTurn() {
  let deliver: MsgCallback<Msg>;
  const subscribe = (_: string, { callback }: { callback: MsgCallback<Msg> }) => {
    deliver = callback;
    return { drain: () => Promise.resolve() };
  };
  const reply = (text: string) =>
    new Promise((resolve) => void deliver(null, { string: () => text, respond: resolve } as unknown as Msg));
  return {
    through: { subscribe } as unknown as NatsConnection,
    askAll: (texts: string[]) => Promise.all(texts.map(reply)),
  };
}

describe('RequestServer', () => {
  it('responds with the text or last observable value of the handler', async () => {
    const listening = strategy({
      echo: async (text, { arrivedAt }) =>
        arrivedAt > 0 && text === 'rx' ? of('first', 'last') : `hello ${text}`,
    });
    listening.listen(() => undefined);
    expect(await ask('you')).toBe('hello you');
    expect(await ask('rx')).toBe('last');
  });

  it('sends no reply when the handler returns none', async () => {
    const listening = strategy({ echo: (text) => Promise.resolve(text === 'rx' ? EMPTY : undefined) });
    listening.listen(() => undefined);
    for (const text of ['rx', 'plain'])
      await expect(connection.request('echo', text, { timeout: 200 })).rejects.toThrow(/timeout/i);
  });

  it('fails to start when a pattern has no handler', () => {
    expect(() => strategy({}).listen(() => undefined)).toThrow(
      /no handler for echo: add .*@MessagePattern\('echo'\)/,
    );
  });

  it('fails to start when a handler has no endpoint', () => {
    expect(() => strategy({ echo: nothing, typo: nothing }).listen(() => undefined)).toThrow(
      /no subject for typo: add it to the endpoints/,
    );
  });

  it('counts messages that wait and messages in progress', async () => {
    const seen: [queued: number, inProgress: number][] = [];
    const { through, askAll } = inOneTurn();
    const echo = (text: string) => {
      seen.push([listening.queued, listening.inProgress]);
      return Promise.resolve(text);
    };
    const listening = strategy({ echo }, through);
    listening.listen(() => undefined);
    await askAll(['a', 'b', 'c']);
    expect(seen).toEqual([
      [2, 1],
      [1, 1],
      [0, 1],
    ]);
    expect([listening.queued, listening.inProgress]).toEqual([0, 0]);
  });

  it('rejects messages when the queue is full, and handles the others', async () => {
    const { through, askAll } = inOneTurn();
    const bound = { items: 2, waitMs: Infinity };
    strategy({ echo: (text) => Promise.resolve(text) }, through, bound).listen(() => undefined);
    const replies = await askAll(['a', 'b', 'c', 'd']);
    expect(replies.slice(0, 2)).toEqual(['a', 'b']);
    expect(replies.slice(2)).toEqual(['busy', 'busy']);
  });

  it('handles the next message when a handler throws', async () => {
    const listening = strategy({
      echo: (text) => (text === 'bad' ? Promise.reject(new Error('no such luck')) : Promise.resolve('fine')),
    });
    const logged = vi.spyOn(listening['logger'], 'error').mockReturnValue(undefined);
    listening.listen(() => undefined);
    connection.publish('echo', 'bad', { reply: 'nowhere' });
    expect(await ask('good')).toBe('fine');
    expect(logged).toHaveBeenCalledWith('echo failed', new Error('no such luck'));
  });

  it('finishes received messages before it is closed', async () => {
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
