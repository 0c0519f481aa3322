import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { HeadSampler } from './head-sampler.js';
import { newIds } from './traceparent.js';

describe('HeadSampler', () => {
  const clock = { ms: 0 };

  /** How many of `count` traces, `everyMs` apart, are sampled. */
  function sampled(ratio: number, count: number, everyMs: number): number {
    const sampler = new HeadSampler(ratio, () => clock.ms);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      clock.ms += everyMs;
      const { decision } = sampler.shouldSample(undefined, newIds().traceId, 'GET /api/search');
      if (decision === SamplingDecision.RECORD_AND_SAMPLED) sum++;
    }
    return sum;
  }

  it('samples all while there are few', () => {
    expect(sampled(0, 100, 500)).toBe(100);
  });

  it('samples few a second of many', () => {
    // Thirty that may come at once, and two for each of ten seconds.
    expect(sampled(0, 10_000, 1)).toBeCloseTo(50, -1);
  });

  it('counts each kind of request by itself', () => {
    const sampler = new HeadSampler(0, () => 0);
    const decide = (name: string) => sampler.shouldSample(undefined, newIds().traceId, name).decision;
    for (let i = 0; i < 100; i++) decide('GET /api/suggest');
    expect(decide('GET /api/suggest')).toBe(SamplingDecision.NOT_RECORD);
    expect(decide('GET /api/search')).toBe(SamplingDecision.RECORD_AND_SAMPLED);
  });

  it('samples a ratio of the rest', () => {
    const count = sampled(0.1, 100_000, 0.1);
    expect(count).toBeGreaterThan(9_000);
    expect(count).toBeLessThan(11_000);
  });

  it.each(['-1', '1.5', 'often'])('refuses the ratio %s', (text) => {
    expect(() => HeadSampler.fromEnvironment(text)).toThrow('OTEL_TRACES_SAMPLER_ARG: must be a ratio');
  });
});
