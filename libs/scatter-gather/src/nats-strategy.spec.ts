import { connect, type MsgCallback, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { EMPTY, of } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startNats, type NatsServer } from '../../../test/cluster/nats-server.js';
import type { QueueBound } from './bounded-queue.js';
import { NatsStrategy, type AskContext } from './nats-strategy.js';

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
type Handler = (text: string, context: AskContext) => Promise<unknown>;

const made: NatsStrategy[] = [];
// One that a failed test left open would answer the next one's messages.
afterEach(() => Promise.all(made.splice(0).map((strategy) => strategy.close())));

function strategy(handlers: Record<string, Handler>, through = connection, bound?: QueueBound): NatsStrategy {
  const strategy = new NatsStrategy(through, echo, bound);
  for (const [pattern, handler] of Object.entries(handlers)) strategy.addHandler(pattern, handler);
  made.push(strategy);
  return strategy;
}

const nothing = () => Promise.resolve('');
const ask = async (text: string) => (await connection.request('echo', text, { timeout: 2_000 })).string();

/** A connection whose messages arrive in one turn of this process, which a socket does only when it pleases. */
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

describe('the NATS strategy', () => {
  it('answers with the text that the handler returns, or the last that its observable gives', async () => {
    const listening = strategy({
      echo: async (text, { arrivedAt }) =>
        arrivedAt > 0 && text === 'rx' ? of('first', 'last') : `hello ${text}`,
    });
    listening.listen(() => undefined);
    expect(await ask('you')).toBe('hello you');
    expect(await ask('rx')).toBe('last');
  });

  it('sends no reply when the handler gives none', async () => {
    const listening = strategy({ echo: (text) => Promise.resolve(text === 'rx' ? EMPTY : undefined) });
    listening.listen(() => undefined);
    for (const text of ['rx', 'plain'])
      await expect(connection.request('echo', text, { timeout: 200 })).rejects.toThrow(/timeout/i);
  });

  it('refuses to start without a handler for a pattern, and names the mend', () => {
    expect(() => strategy({}).listen(() => undefined)).toThrow(
      /no handler for echo: add .*@MessagePattern\('echo'\)/,
    );
  });

  it('refuses to start with a handler that nothing leads to, and names the mend', () => {
    expect(() => strategy({ echo: nothing, typo: nothing }).listen(() => undefined)).toThrow(
      /no subject for typo: name it in the NatsStrategy's patterns/,
    );
  });

  it('tells how many messages wait and how many are being worked on', async () => {
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

  it('says at once that it is busy to what finds the queue full, and loses none of the others', async () => {
    const { through, askAll } = inOneTurn();
    const bound = { items: 2, waitMs: Infinity };
    strategy({ echo: (text) => Promise.resolve(text) }, through, bound).listen(() => undefined);
    const replies = await askAll(['a', 'b', 'c', 'd']);
    expect(replies.slice(0, 2)).toEqual(['a', 'b']);
    expect(replies.slice(2)).toEqual(['busy', 'busy']);
  });

  it('survives a handler that throws, and answers the next', async () => {
    const listening = strategy({
      echo: (text) => (text === 'bad' ? Promise.reject(new Error('no such luck')) : Promise.resolve('fine')),
    });
    const logged = vi.spyOn(listening['logger'], 'error').mockReturnValue(undefined);
    listening.listen(() => undefined);
    connection.publish('echo', 'bad', { reply: 'nowhere' });
    expect(await ask('good')).toBe('fine');
    expect(logged).toHaveBeenCalledWith('echo failed', new Error('no such luck'));
  });

  it('finishes what it has taken before it is closed', async () => {
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
