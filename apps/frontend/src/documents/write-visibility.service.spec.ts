import { errors, type NatsConnection } from '@nats-io/transport-node';
import { shardSubject, type Topology, type AppliedReply, type AppliedRequest } from '@shoal/contracts';
import type { ClusterService } from '@shoal/runtime';
import type * as nats from '@shoal/nats';
import { inSpan, SpanKind, SpanStatusCode, startSpan } from '@shoal/telemetry';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { recordSpans } from '../../../../test/cluster/recorded-spans.js';
import type { ReadLeases } from './read-leases.js';
import { WriteVisibilityService } from './write-visibility.service.js';

/** The replicas in the topology that the bucket's leader has; without them it does not answer. */
const newest = vi.hoisted(() => new Map<object, string[]>());
vi.mock('@shoal/nats', async (original) => ({
  ...(await original<typeof nats>()),
  lastOf: (connection: object) => {
    const replicas = newest.get(connection);
    if (!replicas) return Promise.reject(new Error('no leader'));
    return Promise.resolve({ payload: Buffer.from(JSON.stringify({ v: 1, ...topologyOf(replicas) })) });
  },
}));

const topologyOf = (replicas: string[]): Pick<Topology, 'shards'> => ({
  shards: [{ partitions: [0, 1], replicas }],
});

type Answer = Omit<AppliedReply, 'v'>;
type Member = (request: AppliedRequest) => Answer | null;

/** A replica that is level with the log, and says so the n-th time that it is asked. */
function level(nth = 1): Member {
  let asked = 0;
  return () => (++asked < nth ? { applied: false } : { applied: true });
}

/** One that replays: it promises what is in the log. */
const replaying: Member = ({ inLog }) => (inLog ? { applied: false, committed: true } : { applied: false });
/** One that cannot be asked the first time. */
const throwing = (error: Error): Member => {
  let asked = 0;
  return () => {
    if (asked++ === 0) throw error;
    return { applied: true };
  };
};

/** One that is paused: no answer comes. */
const silent: Member = () => null;

interface Known {
  /** Those who are ready. */
  ready: string[];
  /** The replicas as this frontend knows them; all who are there, unless told otherwise. */
  watched?: string[];
  /** As the leader knows them, if there is one. */
  led?: string[] | null;
}

/** What a frontend asks when these are there, and the only shard is known to have these replicas. */
function startFrontend(
  members: Record<string, Member>,
  { ready, watched = Object.keys(members), led = Object.keys(members) }: Known,
) {
  const asked: { member: string; partition: number; inLog: boolean }[] = [];
  const connection = {
    request: async (subject: string, payload: string) => {
      const [member, answer] = Object.entries(members).find(
        ([name]) => shardSubject.applied(name) === subject,
      )!;
      const request = JSON.parse(payload) as AppliedRequest;
      asked.push({ member, partition: request.partition, inLog: request.inLog });
      const reply = answer(request);
      if (!reply) return new Promise((_, reject) => setTimeout(reject, 100, new errors.TimeoutError()));
      return { string: () => JSON.stringify({ v: 1, ...reply }) };
    },
    publish: () => undefined,
    flush: () => Promise.resolve(),
  };
  const cluster = {
    topology: topologyOf(watched),
    readyReplicas: (shard: number, { shards } = topologyOf(watched)) =>
      shards[shard]!.replicas.filter((member) => ready.includes(member)),
  };
  const leases = { roster: { get: (name: string) => members[name], onChange: () => () => undefined } };
  if (led) newest.set(connection, led);
  const searchable = new WriteVisibilityService(
    connection as unknown as NatsConnection,
    cluster as unknown as ClusterService,
    leases as unknown as ReadLeases,
  );
  const request = startSpan('PUT', undefined, { kind: SpanKind.SERVER });
  const reached = () =>
    inSpan(request, () => searchable.waitUntilSearchable({ id: 'a', partition: 0, sequence: 7 }));
  return { asked, reached };
}

describe('wait=searchable', () => {
  it('takes promises only after a replica that holds the write has been heard', async () => {
    const { asked, reached } = startFrontend({ fresh: replaying, old: level(3) }, { ready: ['old'] });
    expect(await reached()).toBe(true);
    const ofFresh = asked.filter(({ member }) => member === 'fresh').map(({ inLog }) => inLog);
    expect([ofFresh[0], ofFresh.at(-1), asked.filter(({ member }) => member === 'old').length]).toEqual([
      false,
      true,
      3,
    ]);
  });

  it('asks who took a place, when this frontend has not heard of it', async () => {
    const members = { kept: level(), came: level(3) };
    const { asked, reached } = startFrontend(members, { ready: ['kept', 'came'], watched: ['left', 'kept'] });
    expect(await reached()).toBe(true);
    expect(asked.filter(({ member }) => member === 'came')).toHaveLength(3);
  });

  it('waits until the older version is gone from the partition that the document was taken from', async () => {
    const old = level(3);
    const member: Member = (request) =>
      request.partition === 0 ? { applied: true, movedFrom: 1 } : old(request);
    const { asked, reached } = startFrontend({ a: member }, { ready: ['a'] });
    expect(await reached()).toBe(true);
    expect(asked.map(({ partition }) => partition)).toEqual([0, 1, 1, 1]);
  });

  it('asks a replica that is too busy to wait less and less often', async () => {
    const { asked, reached } = startFrontend({ old: level(), busy: level(5) }, { ready: ['old'] });
    const began = performance.now();
    expect(await reached()).toBe(true);
    expect(asked.filter(({ member }) => member === 'busy')).toHaveLength(5);
    // Four pauses of 50 ms, each twice as long as the one before.
    expect(performance.now() - began).toBeGreaterThan(700);
  });

  it.concurrent.each<[string, Record<string, Member>, Known]>([
    ['no replica holds the write', { a: replaying, b: replaying }, { ready: ['a', 'b'] }],
    ['none of those that hold it is ready', { a: level() }, { ready: [] }],
    ['a replica is silent that may still answer searches', { a: level(), b: silent }, { ready: ['a'] }],
    ['nobody can say who the replicas are now', { a: level() }, { ready: ['a'], led: null }],
  ])('takes too long while %s', async (_, members, known) => {
    expect(await startFrontend(members, known).reached()).toBe(false);
  });
});

describe('the spans of wait=searchable', () => {
  const ended = recordSpans();
  beforeEach(() => void (ended.length = 0));

  const told = () =>
    ended.map(({ attributes }) => [
      attributes['shoal.replica'],
      attributes['shoal.outcome'],
      attributes['error.type'],
    ]);

  it('say of each question what came of it', async () => {
    const away = throwing(new errors.RequestError('no responders'));
    const members = { held: level(), slow: level(2), fresh: replaying, away };
    await startFrontend(members, { ready: ['held'] }).reached();
    expect(told()).toEqual(
      expect.arrayContaining([
        ['held', 'applied', undefined],
        ['slow', 'rejected', 'rejected'],
        ['slow', 'applied', undefined],
        ['fresh', 'promised', undefined],
        ['away', 'rejected', 'rejected'],
        ['away', 'applied', undefined],
      ]),
    );
  });

  it('call silence a timeout', async () => {
    let asked = 0;
    const late: Member = () => (asked++ === 0 ? null : { applied: true });
    await startFrontend({ late }, { ready: ['late'] }).reached();
    expect(told()).toEqual([
      ['late', 'timedOut', 'timeout'],
      ['late', 'applied', undefined],
    ]);
  });

  it('say that a replica could not be asked', async () => {
    const members = { a: throwing(new errors.ClosedConnectionError()) };
    await expect(startFrontend(members, { ready: ['a'] }).reached()).rejects.toThrow('closed connection');
    expect(told()).toEqual([['a', 'failed', 'ClosedConnectionError']]);
    expect(ended[0]!.status.code).toBe(SpanStatusCode.ERROR);
  });
});
