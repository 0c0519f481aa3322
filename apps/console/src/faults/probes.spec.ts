import { describe, expect, it } from 'vitest';
import { addProbe, columns, percentile, PROBES_MS, type Probe } from './probes.js';

const probe = (time: number, tookMs = 5, outcome: Probe['outcome'] = 'complete', faulty = false): Probe => ({
  time,
  tookMs,
  outcome,
  faulty,
});

describe('addProbe', () => {
  it('keeps the order of sending when a later search is answered first', () => {
    const probes = addProbe(addProbe([], probe(2000)), probe(1000));
    expect(probes.map(({ time }) => time)).toEqual([1000, 2000]);
  });

  it('removes probes that are too old', () => {
    expect(addProbe([probe(0), probe(1)], probe(PROBES_MS))).toEqual([probe(1), probe(PROBES_MS)]);
  });
});

describe('columns', () => {
  it('returns a line for each outcome and one for active faults', () => {
    const probes = [probe(1000), probe(2000, 900, 'degraded', true), probe(3000, 2000, 'failed', true)];
    expect(columns(probes, 3000)).toEqual([
      [1, 2, 3],
      [null, 3000, 3000],
      [5, null, null],
      [null, 900, null],
      [null, null, 2000],
    ]);
  });
});

describe('percentile', () => {
  it('uses the nearest rank', () => {
    const probes = [4, 1, 3, 2].map((tookMs) => probe(0, tookMs));
    expect(percentile(probes, 0.5)).toBe(2);
    expect(percentile(probes, 0.95)).toBe(4);
    expect(percentile([], 0.5)).toBe(0);
  });
});
