import { SpanKind } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';
import { newIds } from './traceparent.js';
import { WishSampler } from './wish-sampler.js';

const decide = (sampler: WishSampler, kind: SpanKind) =>
  sampler.shouldSample(undefined, newIds().traceId, 'GET /api/search', kind).decision;

describe('WishSampler', () => {
  it('grants thirty requests at once what their callers wish, and no more', () => {
    const sampler = new WishSampler();
    const decisions = Array.from({ length: 200 }, () => decide(sampler, SpanKind.SERVER));
    const granted = decisions.filter((one) => one === SamplingDecision.RECORD_AND_SAMPLED);
    expect(granted.length).toBeGreaterThanOrEqual(30);
    // What a slow machine earns meanwhile.
    expect(granted.length).toBeLessThan(40);
    expect(decisions.at(-1)).toBe(SamplingDecision.NOT_RECORD);
  });

  it('samples all that happens below a request that is sampled, whatever is left', () => {
    const sampler = new WishSampler(new TokenBucket(0, 1));
    expect(decide(sampler, SpanKind.SERVER)).toBe(SamplingDecision.RECORD_AND_SAMPLED);
    for (let i = 0; i < 100; i++)
      expect(decide(sampler, SpanKind.CLIENT)).toBe(SamplingDecision.RECORD_AND_SAMPLED);
    expect(decide(sampler, SpanKind.SERVER)).toBe(SamplingDecision.NOT_RECORD);
  });
});
