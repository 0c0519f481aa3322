import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { headSampler, RateLimitingSampler } from './sampling.js';
import { newIds } from './traceparent.js';

const callerWith = (traceFlags: TraceFlags): Context =>
  trace.setSpanContext(ROOT_CONTEXT, { ...newIds(), traceFlags, isRemote: true });
const sampledCaller = () => callerWith(TraceFlags.SAMPLED);

function isSampled(
  sampler: Sampler,
  { parent = ROOT_CONTEXT, name = 'GET /api/search', kind = SpanKind.SERVER } = {},
): boolean {
  const { decision } = sampler.shouldSample(parent, newIds().traceId, name, kind, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

describe('RateLimitingSampler', () => {
  const clock = { ms: 0 };

  /** Returns how many of `count` requests, `everyMs` apart, are sampled. */
  function sampled(ratio: number, count: number, everyMs: number, parentOf = () => ROOT_CONTEXT): number {
    const sampler = new RateLimitingSampler(ratio, () => clock.ms);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      clock.ms += everyMs;
      if (isSampled(sampler, { parent: parentOf() })) sum++;
    }
    return sum;
  }

  it('samples every request while there are few', () => {
    expect(sampled(0, 100, 200)).toBe(100);
  });

  it('samples ten a second, and the burst, under load', () => {
    expect(sampled(0, 10_000, 1)).toBeCloseTo(130, -1);
  });

  it("honours the client's sampled flag within the same limit", () => {
    expect(sampled(0, 100, 200, sampledCaller)).toBe(100);
    expect(sampled(1, 10_000, 1, sampledCaller)).toBeCloseTo(130, -1);
  });

  it('limits each route by itself', () => {
    const sampler = new RateLimitingSampler(0, () => 0);
    for (let i = 0; i < 100; i++) isSampled(sampler, { name: 'GET /api/suggest' });
    expect(isSampled(sampler, { name: 'GET /api/suggest' })).toBe(false);
    expect(isSampled(sampler)).toBe(true);
  });

  it('samples a ratio of the requests beyond the limit', () => {
    const count = sampled(0.1, 100_000, 0.1);
    expect(count).toBeGreaterThan(9_000);
    expect(count).toBeLessThan(11_000);
  });

  it('samples every span below a sampled request', () => {
    const sampler = new RateLimitingSampler(0, () => 0);
    const span = { parent: sampledCaller(), kind: SpanKind.CLIENT };
    for (let i = 0; i < 100; i++) expect(isSampled(sampler, span)).toBe(true);
    expect(isSampled(sampler)).toBe(true);
  });
});

describe('headSampler', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('follows the caller behind the edge', () => {
    const sampler = headSampler({ isEdge: false });
    for (let i = 0; i < 100; i++) expect(isSampled(sampler, { parent: sampledCaller() })).toBe(true);
    expect(isSampled(sampler, { parent: callerWith(TraceFlags.NONE) })).toBe(false);
  });

  it("samples no request whose client's flag is unset", () => {
    expect(isSampled(headSampler({ isEdge: true }), { parent: callerWith(TraceFlags.NONE) })).toBe(false);
  });

  it("limits the clients' sampled flags at the edge", () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', '1');
    const sampler = headSampler({ isEdge: true });
    const decisions = Array.from({ length: 200 }, () => isSampled(sampler, { parent: sampledCaller() }));
    expect(decisions.filter(Boolean).length).toBeGreaterThanOrEqual(30);
    expect(decisions.at(-1)).toBe(false);
  });

  it('samples every request without a caller when the ratio is 1', () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', '1');
    const sampler = headSampler({ isEdge: true });
    for (let i = 0; i < 200; i++) expect(isSampled(sampler)).toBe(true);
  });

  it.each(['-1', '1.5', 'often'])('rejects the ratio %s', (text) => {
    vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', text);
    expect(() => headSampler({ isEdge: true })).toThrow('OTEL_TRACES_SAMPLER_ARG: must be a ratio');
  });
});
