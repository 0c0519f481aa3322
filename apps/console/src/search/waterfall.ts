import type { Attempt, ShardProfile } from '@shoal/contracts';
import { answerOf, attemptsOf, type Profile, rootAttemptsOf } from './attempts.js';

/** `lost`: another answer was there before; `failed`: there was none. */
export type Part = 'own' | 'network' | 'queue' | 'search' | 'lost' | 'failed';

export interface Segment {
  part: Part;
  startMs: number;
  lengthMs: number;
}

/** One line of the drawing: the frontend, or one attempt to get an answer from a root or a replica. */
export interface Row {
  where: 'frontend' | 'root' | 'shard';
  /** Set for shards. */
  shard: number | undefined;
  /** The process; null for a shard of which nobody could be asked. */
  name: string | null;
  /** Not set for the frontend, and where nobody was asked. */
  attempt: Attempt | undefined;
  /** Nobody else was asked, and all went well: there is nothing to say. */
  ordinary: boolean;
  totalMs: number;
  segments: Segment[];
}

/** The rows of the drawing, and the span of time (ms) that its width stands for. */
export interface Waterfall {
  spanMs: number;
  rows: Row[];
}

/**
 * Lays out where the time of one answer went: the frontend around the roots around the shards, an attempt a row.
 *
 * Each process measures by its own clock, and the clocks of two never quite agree. An attempt begins where the process says
 * that asked, but of the time between two processes only the sum is known: half is drawn before the work and half after.
 */
export function layOutWaterfall(tookMs: number, profile: Profile): Waterfall {
  const frontend: Row = {
    where: 'frontend',
    shard: undefined,
    name: profile.frontend,
    attempt: undefined,
    ordinary: true,
    totalMs: tookMs,
    segments: [{ part: 'own', startMs: 0, lengthMs: tookMs }],
  };
  if (profile.cached) return { spanMs: tookMs, rows: [frontend] };
  const roots = rootAttemptsOf(tookMs, profile);
  const rootStart = startOfRoot(roots, profile.rootMs);
  const shards = profile.shards
    .toSorted((a, b) => a.shard - b.shard)
    .flatMap((shard) => shardRows(shard, rootStart, profile.rootMs));
  const rows = [frontend, ...rootRows(roots, rootStart, profile.rootMs), ...shards];
  const ends = rows.flatMap(({ segments }) => segments.map(({ startMs, lengthMs }) => startMs + lengthMs));
  return { spanMs: Math.max(...ends), rows };
}

/** When the request came to the root that answered, by the frontend's clock. */
function startOfRoot(roots: readonly Attempt[], rootMs: number): number {
  const { startMs, tookMs } = answerOf(roots) ?? { startMs: 0, tookMs: 0 };
  return startMs + Math.max(0, (tookMs - rootMs) / 2);
}

function rootRows(roots: readonly Attempt[], rootStart: number, rootMs: number): Row[] {
  return roots.map((attempt) => {
    const row = attemptRow('root', undefined, attempt, roots, 0);
    if (attempt !== answerOf(roots)) return row;
    return { ...row, totalMs: rootMs, segments: [{ part: 'own', startMs: rootStart, lengthMs: rootMs }] };
  });
}

function shardRows(profile: ShardProfile, rootStart: number, rootMs: number): Row[] {
  const { shard } = profile;
  const attempts = attemptsOf(profile);
  if (attempts.length === 0) {
    const segments: Segment[] = [{ part: 'failed', startMs: rootStart, lengthMs: rootMs }];
    const nobody = { name: null, attempt: undefined, ordinary: false };
    return [{ where: 'shard', shard, ...nobody, totalMs: rootMs, segments }];
  }
  return attempts.map((attempt) => {
    const row = attemptRow('shard', shard, attempt, attempts, rootStart);
    if (attempt !== answerOf(attempts)) return row;
    return { ...row, segments: answerSegments(profile, rootStart + attempt.startMs) };
  });
}

const PART_OF: Record<Attempt['outcome'], Part> = {
  answered: 'own',
  late: 'lost',
  waiting: 'lost',
  expired: 'failed',
  timedOut: 'failed',
  rejected: 'failed',
};

/** @param from where the time of who asks begins */
function attemptRow(
  where: Row['where'],
  shard: number | undefined,
  attempt: Attempt,
  all: readonly Attempt[],
  from: number,
): Row {
  const { replica: name, startMs, tookMs, outcome } = attempt;
  const segments = [{ part: PART_OF[outcome], startMs: from + startMs, lengthMs: tookMs }];
  const ordinary = all.length === 1 && outcome === 'answered';
  return { where, shard, name, attempt, ordinary, totalMs: tookMs, segments };
}

function answerSegments({ networkMs, queueMs, searchMs }: ShardProfile, startMs: number): Segment[] {
  const lengths: [Part, number][] = [
    ['network', networkMs / 2],
    ['queue', queueMs],
    ['search', searchMs],
    ['network', networkMs / 2],
  ];
  let at = startMs;
  return lengths.map(([part, lengthMs]) => {
    const segment = { part, startMs: at, lengthMs };
    at += lengthMs;
    return segment;
  });
}

/** Where a segment lies in the drawing, in percent of its width. */
export function place({ startMs, lengthMs }: Segment, spanMs: number): { left: string; width: string } {
  const percent = (ms: number) => `${spanMs > 0 ? ((100 * ms) / spanMs).toFixed(2) : 0}%`;
  return { left: percent(startMs), width: percent(lengthMs) };
}
