import type { SearchAnswer, ShardProfile } from '@shoal/contracts';

export type Profile = NonNullable<SearchAnswer['profile']>;
export type Part = 'own' | 'network' | 'queue' | 'search' | 'missing';

export interface Segment {
  part: Part;
  startMs: number;
  lengthMs: number;
}

export interface Row {
  where: 'frontend' | 'root' | 'shard';
  /** The process; null for a shard of which no replica answered. */
  name: string | null;
  /** Set for shards. */
  profile: ShardProfile | undefined;
  totalMs: number;
  segments: Segment[];
}

/** The rows of the drawing, and the span of time (ms) that its width stands for. */
export interface Waterfall {
  spanMs: number;
  rows: Row[];
}

/**
 * Lays out where the time of one answer went: the frontend around the root around the shards.
 *
 * What is measured are lengths, each by the clock of one process, because the clocks of two never quite agree. So
 * where a bar begins is drawn, not measured: the root in the middle of the frontend's time, every shard from the
 * root's start, and a shard's time on the network half before its work and half after.
 */
export function layOutWaterfall(tookMs: number, profile: Profile): Waterfall {
  const frontend: Row = row('frontend', profile.frontend, tookMs, 0);
  if (profile.cached) return { spanMs: tookMs, rows: [frontend] };
  const rootStart = Math.max(0, (tookMs - profile.rootMs) / 2);
  const root = row('root', profile.root, profile.rootMs, rootStart);
  const shards = profile.shards
    .toSorted((a, b) => a.shard - b.shard)
    .map((shard) => shardRow(shard, rootStart, profile.rootMs));
  const rows = [frontend, root, ...shards];
  const ends = rows.flatMap(({ segments }) => segments.map(({ startMs, lengthMs }) => startMs + lengthMs));
  return { spanMs: Math.max(...ends), rows };
}

function row(where: 'frontend' | 'root', name: string, totalMs: number, startMs: number): Row {
  return {
    where,
    name,
    profile: undefined,
    totalMs,
    segments: [{ part: 'own', startMs, lengthMs: totalMs }],
  };
}

function shardRow(profile: ShardProfile, startMs: number, rootMs: number): Row {
  const { replica, networkMs, queueMs, searchMs } = profile;
  const shard = { where: 'shard', name: replica, profile } as const;
  if (replica === null) {
    return { ...shard, totalMs: rootMs, segments: [{ part: 'missing', startMs, lengthMs: rootMs }] };
  }
  const lengths: [Part, number][] = [
    ['network', networkMs / 2],
    ['queue', queueMs],
    ['search', searchMs],
    ['network', networkMs / 2],
  ];
  let at = startMs;
  const segments = lengths.map(([part, lengthMs]) => {
    const segment = { part, startMs: at, lengthMs };
    at += lengthMs;
    return segment;
  });
  return { ...shard, totalMs: at - startMs, segments };
}

/** Where a segment lies in the drawing, in percent of its width. */
export function place({ startMs, lengthMs }: Segment, spanMs: number): { left: string; width: string } {
  const percent = (ms: number) => `${spanMs > 0 ? ((100 * ms) / spanMs).toFixed(2) : 0}%`;
  return { left: percent(startMs), width: percent(lengthMs) };
}
