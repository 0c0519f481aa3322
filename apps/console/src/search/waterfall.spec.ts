import { describe, expect, it } from 'vitest';
import { layOutWaterfall, place, type Profile } from './waterfall.js';

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
  it('puts the root into the middle of the frontend, and a shard at the start of the root', () => {
    const { spanMs, rows } = layOutWaterfall(10, profile({}));
    expect(spanMs).toBe(10);
    expect(rows.map(({ where, totalMs }) => [where, totalMs])).toEqual([
      ['frontend', 10],
      ['root', 6],
      ['shard', 5],
    ]);
    expect(rows[1]?.segments).toEqual([{ part: 'own', startMs: 2, lengthMs: 6 }]);
    expect(rows[2]?.segments).toEqual([
      { part: 'network', startMs: 2, lengthMs: 1 },
      { part: 'queue', startMs: 3, lengthMs: 1 },
      { part: 'search', startMs: 4, lengthMs: 2 },
      { part: 'network', startMs: 6, lengthMs: 1 },
    ]);
  });

  it('orders the shards by number, not by who answered first', () => {
    const { rows } = layOutWaterfall(
      10,
      profile({ shards: [{ ...shard, shard: 2 }, shard, { ...shard, shard: 1 }] }),
    );
    expect(rows.slice(2).map((row) => row.profile?.shard)).toEqual([0, 1, 2]);
  });

  it('shows a shard without an answer as missing for as long as the root waited', () => {
    const { rows } = layOutWaterfall(10, profile({ shards: [{ ...shard, replica: null }] }));
    expect(rows[2]).toMatchObject({
      name: null,
      totalMs: 6,
      segments: [{ part: 'missing', startMs: 2, lengthMs: 6 }],
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
