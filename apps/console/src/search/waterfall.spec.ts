import type { Attempt } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import type { Profile } from './attempts.js';
import { layOutWaterfall, place } from './waterfall.js';

const first: Attempt = {
  replica: 'shard-1',
  kind: 'search',
  reason: 'first',
  startMs: 0,
  tookMs: 5,
  outcome: 'answered',
};
const shard = { shard: 0, replica: 'shard-1', queueMs: 1, searchMs: 2, networkMs: 2, hedged: false };

const profile = (change: Partial<Profile>): Profile => ({
  cached: false,
  frontend: 'frontend-1',
  frontendMs: 2,
  root: 'root-1',
  rootMs: 6,
  shards: [shard],
  ...change,
});

describe('the waterfall of an answer', () => {
  it('puts the root into the middle of the attempt to ask it, and a shard where the root asked it', () => {
    const roots = [{ ...first, replica: 'root-1', startMs: 1, tookMs: 8 }];
    const attempts = [{ ...first, startMs: 0.5 }];
    const { spanMs, rows } = layOutWaterfall(10, profile({ roots, shards: [{ ...shard, attempts }] }));
    expect(spanMs).toBe(10);
    expect(rows.map(({ where, name, totalMs, ordinary }) => [where, name, totalMs, ordinary])).toEqual([
      ['frontend', 'frontend-1', 10, true],
      ['root', 'root-1', 6, true],
      ['shard', 'shard-1', 5, true],
    ]);
    expect(rows[1]?.segments).toEqual([{ part: 'own', startMs: 2, lengthMs: 6 }]);
    expect(rows[2]?.segments).toEqual([
      { part: 'network', startMs: 2.5, lengthMs: 1 },
      { part: 'queue', startMs: 3.5, lengthMs: 1 },
      { part: 'search', startMs: 4.5, lengthMs: 2 },
      { part: 'network', startMs: 6.5, lengthMs: 1 },
    ]);
  });

  it('has a row for each attempt when there was more than one: who was overtaken, and the hedge', () => {
    const attempts: Attempt[] = [
      { ...first, replica: 'shard-5', tookMs: 6, outcome: 'waiting' },
      { ...first, startMs: 1, reason: 'hedge' },
    ];
    const { rows } = layOutWaterfall(10, profile({ shards: [{ ...shard, attempts }] }));
    const drawn = rows.slice(2).map(({ name, segments, ordinary }) => ({ name, ...segments[0], ordinary }));
    expect(drawn).toEqual([
      { name: 'shard-5', part: 'lost', startMs: 2, lengthMs: 6, ordinary: false },
      { name: 'shard-1', part: 'network', startMs: 3, lengthMs: 1, ordinary: false },
    ]);
  });

  it('draws the roots that were asked, too', () => {
    const roots: Attempt[] = [
      { ...first, replica: 'root-0', tookMs: 3, outcome: 'rejected', detail: 'busy' },
      { ...first, replica: 'root-1', startMs: 3, tookMs: 7, reason: 'retry' },
    ];
    const { rows } = layOutWaterfall(10, profile({ roots }));
    expect(rows.slice(1, 3)).toMatchObject([
      { where: 'root', name: 'root-0', segments: [{ part: 'failed', startMs: 0, lengthMs: 3 }] },
      { where: 'root', name: 'root-1', segments: [{ part: 'own', startMs: 3.5, lengthMs: 6 }] },
    ]);
    // The shard goes by the root that answered.
    expect(rows[3]?.segments[0]?.startMs).toBe(3.5);
  });

  it('draws the documents that came later behind the search', () => {
    const attempts: Attempt[] = [first, { ...first, kind: 'fetch', startMs: 5, tookMs: 1 }];
    const { rows } = layOutWaterfall(10, profile({ shards: [{ ...shard, attempts }] }));
    expect(rows[3]?.segments).toEqual([{ part: 'own', startMs: 7, lengthMs: 1 }]);
  });

  it('orders the shards by number, not by who answered first', () => {
    const { rows } = layOutWaterfall(
      10,
      profile({ shards: [{ ...shard, shard: 2 }, shard, { ...shard, shard: 1 }] }),
    );
    expect(rows.slice(2).map((row) => row.shard)).toEqual([0, 1, 2]);
  });

  it('shows a shard of which nobody could be asked as missing for as long as the root took', () => {
    const { rows } = layOutWaterfall(10, profile({ shards: [{ ...shard, replica: null }] }));
    expect(rows[2]).toMatchObject({
      name: null,
      totalMs: 6,
      segments: [{ part: 'failed', startMs: 2, lengthMs: 6 }],
    });
  });

  it('shows each replica that was asked in vain', () => {
    const attempts: Attempt[] = [{ ...first, tookMs: 6, outcome: 'timedOut' }];
    const { rows } = layOutWaterfall(10, profile({ shards: [{ ...shard, replica: null, attempts }] }));
    expect(rows[2]).toMatchObject({
      name: 'shard-1',
      ordinary: false,
      segments: [{ part: 'failed', startMs: 2, lengthMs: 6 }],
    });
  });

  it('is the frontend alone when the answer came from its cache', () => {
    const { rows } = layOutWaterfall(0.3, profile({ cached: true }));
    expect(rows.map(({ where }) => where)).toEqual(['frontend']);
  });

  it('widens when clocks disagree, so that no bar leaves the drawing', () => {
    const { spanMs, rows } = layOutWaterfall(4, profile({ rootMs: 6 }));
    expect(spanMs).toBe(6);
    for (const { segments } of rows) {
      for (const { startMs, lengthMs } of segments) {
        expect(startMs).toBeGreaterThanOrEqual(0);
        expect(startMs + lengthMs).toBeLessThanOrEqual(spanMs);
      }
    }
  });

  it('places a segment in percent, also in a drawing of no time at all', () => {
    expect(place({ part: 'own', startMs: 2, lengthMs: 6 }, 10)).toEqual({ left: '20.00%', width: '60.00%' });
    expect(place({ part: 'own', startMs: 0, lengthMs: 0 }, 0)).toEqual({ left: '0%', width: '0%' });
  });
});
