import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchAnswer } from '@shoal/contracts';
import type { Cluster } from './cluster.ts';
import { until } from './until.ts';

/** Searches in one pause: a member without heartbeats for 3 s is no target any more. */
const TRIES = 8;
/** Between searches: a frontend samples ten searches a second (sampling.ts), and the hedged one should be among them. */
const EVERY_MS = 150;
/** Several pauses: after one, the replica is a target again when its average has faded, about 10 s later. */
const WITHIN_MS = 50_000;

/** Returns the shard whose first attempt went to this replica and whose hedge answered. */
function hedgedShard(replica: string, { profile }: SearchAnswer): number | undefined {
  return profile?.shards.find(
    ({ attempts = [] }) =>
      attempts[0]?.replica === replica &&
      attempts.some(({ reason, outcome }) => reason === 'hedge' && outcome === 'answered'),
  )?.shard;
}

const isFirstTarget = (replica: string, { profile }: SearchAnswer): boolean =>
  !!profile?.shards.some(({ attempts }) => attempts?.[0]?.replica === replica);

/**
 * Pauses a replica, searches until a hedge answers in its place, and runs a task with that answer during the pause. A
 * replica that timed out is avoided for a while, and a hedge needs a budget: a pause without a hedge is repeated once
 * the replica is a target again.
 * @param ask searches with a profile and past all caches
 */
export async function untilHedged<A extends { body: SearchAnswer }, T>(
  cluster: Cluster,
  replica: string,
  ask: () => Promise<A>,
  then: (asked: A & { shard: number }) => Promise<T>,
): Promise<T> {
  const askSlowly = async (): Promise<A> => {
    await sleep(EVERY_MS);
    return ask();
  };
  const onePause = async (): Promise<PromiseSettledResult<T> | undefined> => {
    for (let at = 0; at < TRIES; at++) {
      const asked = await askSlowly();
      const shard = hedgedShard(replica, asked.body);
      if (shard === undefined) continue;
      // A failure of the task must not cause another pause.
      const [outcome] = await Promise.allSettled([then({ ...asked, shard })]);
      return outcome;
    }
    return undefined;
  };
  const outcome = await until(
    `a search is hedged in place of ${replica}`,
    async () => {
      await until(`${replica} is the first target`, async () =>
        isFirstTarget(replica, (await askSlowly()).body),
      );
      return cluster.whilePaused([replica], onePause);
    },
    WITHIN_MS,
  );
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
