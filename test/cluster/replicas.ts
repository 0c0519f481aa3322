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

/** Query of the simulated protocol: a word. A message is a JSON array of words; a result is the replica's name and the word. */
interface Word {
  query: string;
  budgetMs: number;
}

let server: NatsServer;
export let connection: NatsConnection;
const replicas: (() => void)[] = [];

/** Starts a nats-server for the specs of a file, and stops all replicas after each spec. */
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

/**
 * Starts a replica that answers each word with its name and the word.
 * @param behave replaces this behavior
 * @returns the messages that it has received
 */
export function replica(name: string, behave?: (message: Msg, words: Word[]) => void): Word[][] {
  const received: Word[][] = [];
  const answer = (message: Msg, words: Word[]) =>
    void message.respond(JSON.stringify(words.map(({ query }) => `${name}:${query}`)));
  const subscription = connection.subscribe(`replica.${name}`, {
    callback: (_, message) => {
      const words = message.json<Word[]>();
      received.push(words);
      (behave ?? answer)(message, words);
    },
  });
  replicas.push(() => subscription.unsubscribe());
  return received;
}

/** Starts a replica that loses the first messages and answers the rest. @param lost number of messages to lose */
export function losing(name: string, lost: number): Word[][] {
  const received = replica(name, (message) => received.length > lost && message.respond(`["${name}:fish"]`));
  return received;
}

/** @param replicasOf replicas by target; the selector prefers the first one because its random number is fixed */
export function scatter(
  replicasOf: string[][],
  more: Partial<TargetProtocol<string, string>> = {},
  hedging: HedgePolicy | null = null,
  retries = new RetryBudget(0.1, 50),
  observer: ScatterObserver<string> | null = null,
): Scatter<string, string> {
  const protocol: TargetProtocol<string, string> = {
    subject: (name) => `replica.${name}`,
    replicas: (target) => replicasOf[target] ?? [],
    weigh: () => 1,
    maxWeight: 10,
    encode: (_, queries) => JSON.stringify(queries),
    decode: (payload) => {
      const reply = JSON.parse(payload) as (string | null)[] | { rejected: string };
      return Array.isArray(reply)
        ? { results: reply }
        : { rejected: { code: 'declined', detail: reply.rejected } };
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

export const legs = (...targets: number[]) => targets.map((target) => ({ target, query: 'fish' }));

export const reject = (message: Msg) => void message.respond('{"rejected":"busy"}');

/** Hedges after 20 ms, `allowed` times, and `reserve` times more when a response is overdue; records its events. */
export function policy(allowed: number, reserve = 0) {
  const events: string[] = [];
  const hedging: HedgePolicy = {
    onSend: () => events.push('sent'),
    onResponse: (_target, _ms, byHedge) => events.push(byHedge ? 'answered by hedge' : 'answered'),
    delayMs: () => 20,
    spend: (overdue) => allowed-- > 0 || (overdue && reserve-- > 0),
  };
  return { hedging, events };
}
