import { errors, type NatsConnection } from '@nats-io/transport-node';
import { shardSubject, type AppliedReply, type AppliedRequest } from '@shoal/contracts';
import type { ClusterService } from '@shoal/service';
import { describe, expect, it } from 'vitest';
import type { ReadLeases } from './read-leases.js';
import { SearchableService } from './searchable.service.js';

type Answer = Omit<AppliedReply, 'v'>;
type Member = (request: AppliedRequest) => Answer | null;

/** A replica that is level with the log, and says so the n-th time that it is asked. */
function level(nth = 1): Member {
  let asked = 0;
  return () => (++asked < nth ? { applied: false } : { applied: true });
}

/** One that replays: it promises what is in the log. */
const replaying: Member = ({ inLog }) => (inLog ? { applied: false, promised: true } : { applied: false });
/** One that is paused: no answer comes. */
const silent: Member = () => null;

/** What a frontend asks when these are the replicas of the only shard; those of them that are ready. */
function startFrontend(members: Record<string, Member>, ready: string[]) {
  const asked: { member: string; inLog: boolean }[] = [];
  const connection = {
    request: (subject: string, payload: string) => {
      const [member, answer] = Object.entries(members).find(
        ([name]) => shardSubject.applied(name) === subject,
      )!;
      const request = JSON.parse(payload) as AppliedRequest;
      asked.push({ member, inLog: request.inLog });
      const reply = answer(request);
      if (!reply) return new Promise((_, reject) => setTimeout(reject, 100, new errors.TimeoutError()));
      return Promise.resolve({ string: () => JSON.stringify({ v: 1, ...reply }) });
    },
    publish: () => undefined,
    flush: () => Promise.resolve(),
  };
  const cluster = {
    topology: { shards: [{ partitions: [0], replicas: Object.keys(members) }] },
    readyReplicas: () => ready,
  };
  const leases = { roster: { get: (name: string) => members[name], onChange: () => () => undefined } };
  const searchable = new SearchableService(
    connection as unknown as NatsConnection,
    cluster as unknown as ClusterService,
    leases as unknown as ReadLeases,
  );
  return { asked, reached: () => searchable.reached({ id: 'a', partition: 0, sequence: 7 }) };
}

describe('wait=searchable', () => {
  it('takes promises only after a replica that holds the write has been heard', async () => {
    const { asked, reached } = startFrontend({ fresh: replaying, old: level(3) }, ['old']);
    expect(await reached()).toBe(true);
    const ofFresh = asked.filter(({ member }) => member === 'fresh').map(({ inLog }) => inLog);
    expect([ofFresh[0], ofFresh.at(-1), asked.filter(({ member }) => member === 'old').length]).toEqual([
      false,
      true,
      3,
    ]);
  });

  it.concurrent.each([
    ['no replica holds the write', { a: replaying, b: replaying }, ['a', 'b']],
    ['none of those that hold it is ready', { a: level() }, []],
    ['a replica is silent that may still answer searches', { a: level(), b: silent }, ['a']],
  ])('takes too long while %s', async (_, members: Record<string, Member>, ready: string[]) => {
    expect(await startFrontend(members, ready).reached()).toBe(false);
  });
});
