import { Random } from './random.ts';

/** What can be done to a process; the supervisor starts it again after the first two. */
export type FaultKind = 'kill' | 'end' | 'pause' | 'slow';

/** One planned fault; times in ms, `at` since the chaos began. */
export interface Fault {
  at: number;
  kind: FaultKind;
  /** Name of the process. */
  target: string;
  /** How long it is paused or slowed; 0 for the others. */
  forMs: number;
}

/** How many processes of each role there are to be hurt. */
export interface Targets {
  nats: number;
  frontend: number;
  root: number;
  indexer: number;
  shard: number;
}

/** The processes that decide over truth are hurt more often than those that only pass it on. */
const ROLES: Record<keyof Targets, number> = { nats: 2, frontend: 2, root: 2, indexer: 5, shard: 7 };
const KINDS: Record<FaultKind, number> = { kill: 5, end: 2, pause: 6, slow: 3 };
/** Around the limits that matter: a heartbeat counts for 3 s, a lease for 4 s, a place for 10 s. */
const PAUSES = { blink: 5, heartbeat: 4, lease: 5, place: 2 };
const PAUSE_MS = {
  blink: [200, 2_500],
  heartbeat: [2_800, 3_600],
  lease: [3_800, 6_500],
  place: [10_500, 12_500],
};
const SLOW_MS = [1_000, 5_000] as const;
const GAP_MS = [300, 2_500] as const;
/** In percent of the faults: another one strikes with it. */
const TWINS = 30;

/**
 * The faults of a run, in the order of their times.
 * @param durationMs no fault begins later
 */
export function schedule(seed: number, durationMs: number, targets: Targets): Fault[] {
  const random = new Random(seed);
  const faults: Fault[] = [];
  const weights = Object.fromEntries(
    Object.entries(ROLES).filter(([role]) => targets[role as keyof Targets] > 0),
  ) as typeof ROLES;
  let at = random.whole(...GAP_MS);
  while (at < durationMs) {
    const role = random.weighted(weights);
    const target = `${role}-${random.whole(0, targets[role] - 1)}`;
    const kind = random.weighted(KINDS);
    faults.push({ at, kind, target, forMs: duration(kind, random) });
    if (!random.chance(TWINS)) at += random.whole(...GAP_MS);
  }
  return faults;
}

function duration(kind: FaultKind, random: Random): number {
  if (kind === 'slow') return random.whole(...SLOW_MS);
  if (kind !== 'pause') return 0;
  const [min, max] = PAUSE_MS[random.weighted(PAUSES)];
  return random.whole(min!, max!);
}
