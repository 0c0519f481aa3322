import { describe, expect, it } from 'vitest';
import { formatCount, formatMs, formatNoun, formatPercentile, formatRanges, formatRate } from './format.js';

describe('formatCount', () => {
  it('separates thousands', () => {
    expect(formatCount(117_791)).toBe('117,791');
  });
});

describe('formatNoun', () => {
  it('uses the singular for one only', () => {
    expect(formatNoun(1, 'shard')).toBe('1 shard');
    expect(formatNoun(0, 'match', 'matches')).toBe('0 matches');
  });
});

describe('formatMs', () => {
  it.each([
    [0.0372, '0.04 ms'],
    [4.183, '4.18 ms'],
    [12.34, '12.3 ms'],
    [843.2, '843 ms'],
    [1234, '1.2 s'],
    [12_345, '12 s'],
    [9.996, '10.0 ms'],
    [99.96, '100 ms'],
    [999.6, '1.0 s'],
  ])('formats %d ms as %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});

describe('formatPercentile', () => {
  it('shows a dash when nothing was measured', () => {
    expect(formatPercentile(0)).toBe('–');
    expect(formatPercentile(3.94)).toBe('3.94 ms');
  });
});

describe('formatRate', () => {
  it.each([
    [0, '0'],
    [0.25, '0.3'],
    [9.97, '10'],
    [1234.6, '1,235'],
  ])('formats %d per second as %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });
});

describe('formatRanges', () => {
  it('joins consecutive numbers', () => {
    expect(formatRanges([])).toBe('');
    expect(formatRanges([5])).toBe('5');
    expect(formatRanges([0, 1, 2, 5, 7, 8])).toBe('0–2, 5, 7–8');
  });
});
