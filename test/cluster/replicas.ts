import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import {
  RetryBudget,
  type HedgePolicy,
  ReplicaSelector,
  Scatter,
  type ScatterObserver,
  type TargetProtocol,
} from '@shoal/scatter-gather';
import { RequestMux } from '@shoal/nats';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type NatsServer, startNats } from './nats-server.ts';

/** A query is a word, the answer says who saw it. A message is a JSON list of words and budgets. */
interface Word {
  query: string;
  budgetMs: number;
}

let server: NatsServer;
export let connection: NatsConnection;
const replicas: (() => void)[] = [];

/** For the specs of a file: a nats-server, and after each of them no replicas. */
export function withReplicas(): void {
  beforeAll(async () => {
    server = await startNats();
    connection = await connect({ servers: server.url, reconnectTimeWait: 20 });
  });
  afterEach(() => replicas.splice(0).forEach((stop) => stop()));
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });
}

/** A replica that answers as it is told; by default each word with its own name and the word. */
export function replica(name: string, behave?: (message: Msg, words: Word[]) => void): Word[][] {
  const seen: Word[][] = [];
  const answer = (message: Msg, words: Word[]) =>
    void message.respond(JSON.stringify(words.map(({ query }) => `${name}:${query}`)));
  const subscription = connection.subscribe(`replica.${name}`, {
    callback: (_, message) => {
      const words = message.json<Word[]>();
      seen.push(words);
      (behave ?? answer)(message, words);
    },
  });
  replicas.push(() => subscription.unsubscribe());
  return seen;
}

/** Loses as many messages as it is told, and answers what comes then. */
export function losing(name: string, lost: number): Word[][] {
  const seen = replica(name, (message) => seen.length > lost && message.respond(`["${name}:fish"]`));
  return seen;
}

/** @param placed replicas by shard, asked in this order because the board's coin always falls to the same side */
export function scatter(
  placed: string[][],
  more: Partial<TargetProtocol<string, string>> = {},
  hedging: HedgePolicy | null = null,
  retries = new RetryBudget(0.1, 50),
  observer: ScatterObserver<string> | null = null,
): Scatter<string, string> {
  const protocol: TargetProtocol<string, string> = {
    subject: (name) => `replica.${name}`,
    replicas: (shard) => placed[shard] ?? [],
    weigh: () => 1,
    maxWeight: 10,
    encode: (_, queries) => JSON.stringify(queries),
    decode: (payload) => {
      const reply = JSON.parse(payload) as (string | null)[] | { rejected: string };
      return Array.isArray(reply) ? { results: reply } : reply;
    },
    ...more,
  };
  return new Scatter(
    new RequestMux(connection),
    new ReplicaSelector(() => 0),
    protocol,
    hedging,
    retries,
    observer,
  );
}

export const legs = (...shards: number[]) => shards.map((shard) => ({ shard, query: 'fish' }));

export const reject = (message: Msg) => void message.respond('{"rejected":"busy"}');

/** Hedges after 20 ms, `allowed` times, and `reserve` times more when an answer is overdue; notes what it is told. */
export function policy(allowed: number, reserve = 0) {
  const told: string[] = [];
  const hedging: HedgePolicy = {
    onSend: () => told.push('sent'),
    onResponse: (_shard, _ms, byHedge) => told.push(byHedge ? 'answered by the hedge' : 'answered'),
    delayMs: () => 20,
    spend: (overdue) => allowed-- > 0 || (overdue && reserve-- > 0),
  };
  return { hedging, told };
}
