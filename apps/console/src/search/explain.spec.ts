import type { Attempt, ShardProfile } from '@shoal/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Profile } from './attempts.js';
import { explain } from './explain.js';

function attempt(replica: string, startMs: number, tookMs: number, more: Partial<Attempt> = {}): Attempt {
  return { replica, kind: 'search', reason: 'first', startMs, tookMs, outcome: 'answered', ...more };
}

const hedge = (replica: string, startMs: number, tookMs: number) =>
  attempt(replica, startMs, tookMs, { reason: 'hedge' });

/** A shard whose answer, if any, spent most of its time in a queue. */
function shard(number: number, ...attempts: Attempt[]): ShardProfile {
  const answer = attempts.find(({ outcome }) => outcome === 'answered');
  return {
    shard: number,
    replica: answer?.replica ?? null,
    queueMs: (answer?.tookMs ?? 0) * 0.7,
    searchMs: (answer?.tookMs ?? 0) * 0.2,
    networkMs: (answer?.tookMs ?? 0) * 0.1,
    hedged: attempts.some(({ reason }) => reason === 'hedge'),
    attempts,
  };
}

function profile(shards: ShardProfile[], more: Partial<Profile> = {}): Profile {
  const common = { cached: false, frontend: 'frontend-0', frontendMs: 100, root: 'root-0', rootMs: 98 };
  return { ...common, roots: [attempt('root-0', 0.1, 99)], shards, ...more };
}

const quick = [shard(0, attempt('shard-0', 1, 4)), shard(1, attempt('shard-1', 1, 5))];
const waiting = { outcome: 'waiting' } as const;

describe('explain', () => {
  it('blames the first replica when a hedge answered much later', () => {
    const slow = shard(2, attempt('shard-5', 1, 97, waiting), hedge('shard-1', 70, 24));
    const { text, straggler } = explain(100, profile([...quick, slow]));
    expect(text).toBe(
      'Shard 2 was slow: shard-5 had not responded after 69.0 ms, so the query was also sent to shard-1 and answered in 24.0 ms.',
    );
    expect(straggler).toBe(slow.attempts![0]);
  });

  it('blames a replica that rejected the request after a long time', () => {
    const refused = attempt('shard-5', 1, 60, { outcome: 'rejected', detail: 'busy' });
    const slow = shard(2, refused, attempt('shard-1', 61, 24, { reason: 'retry' }));
    expect(explain(100, profile([...quick, slow])).text).toBe(
      'Shard 2 was slow: shard-5 rejected the request (busy), so the query was sent to shard-1 after 60.0 ms and answered in 24.0 ms.',
    );
  });

  it('blames a replica that was unreachable before it answered', () => {
    const failed = attempt('shard-5', 1, 1, { outcome: 'rejected', detail: 'no responders' });
    const slow = shard(2, failed, attempt('shard-5', 80, 10, { reason: 'retry' }));
    expect(explain(100, profile([...quick, slow])).text).toBe(
      'Shard 2 was slow: shard-5 was unreachable, so the query was sent again after 79.0 ms and answered in 10.0 ms.',
    );
  });

  it('blames a timeout when the retry reached the same replica', () => {
    const lost = attempt('shard-5', 1, 97, waiting);
    const slow = shard(2, lost, attempt('shard-5', 71, 20, { reason: 'retry' }));
    expect(explain(100, profile([...quick, slow])).text).toBe(
      'Shard 2 was slow: shard-5 had not responded after 70.0 ms, so the query was sent again and answered in 20.0 ms.',
    );
  });

  it('blames a root when it was hedged', () => {
    const roots = [attempt('root-1', 0, 100, waiting), hedge('root-0', 90, 9)];
    const { text, straggler } = explain(100, profile(quick, { roots, rootMs: 8 }));
    expect(text).toBe(
      'root-1 had not responded after 90.0 ms, so the query was also sent to root-0 and answered in 9.00 ms.',
    );
    expect(straggler).toBe(roots[0]);
  });

  it('names the slowest shard, and marks it when it is an outlier', () => {
    const slow = shard(2, attempt('shard-2', 1, 90));
    expect(explain(100, profile([...quick, slow]))).toEqual({
      text: 'Shard 2 took the longest: shard-2 responded after 90.0 ms, 63.0 ms of it in its queue.',
      straggler: slow.attempts![0],
    });
    const all = [0, 1].map((number) => shard(number, attempt(`shard-${number}`, 1, 90 + number)));
    expect(explain(100, profile(all)).straggler).toBeNull();
  });

  it('marks the first attempt when its hedge was slow as well', () => {
    const slow = shard(2, attempt('shard-2', 1, 97, waiting), hedge('shard-5', 10, 80));
    expect(explain(100, profile([...quick, slow]))).toEqual({
      text: 'Shard 2 took the longest: shard-5 responded after 80.0 ms, 56.0 ms of it in its queue.',
      straggler: slow.attempts![0],
    });
  });

  it('ignores a hedge that lost', () => {
    const slow = shard(2, attempt('shard-2', 1, 90), { ...hedge('shard-5', 30, 68), outcome: 'late' });
    expect(explain(100, profile([...quick, slow])).text).toMatch(/^Shard 2 took the longest: shard-2/);
  });

  it('names the documents that were fetched later', () => {
    const fetch = attempt('shard-2', 8, 80, { kind: 'fetch' });
    const slow = shard(2, attempt('shard-2', 1, 4), fetch);
    expect(explain(100, profile([...quick, slow])).text).toBe(
      'Most of the time, 80.0 ms, went into fetching documents from shard 2.',
    );
  });

  it.each([
    [
      { roots: [attempt('root-0', 0, 10)], rootMs: 9 },
      'Most of the remaining time, 90.0 ms, was spent in frontend-0.',
    ],
    [
      { rootMs: 10 },
      'Most of the remaining time, 89.0 ms, was spent on the network between frontend-0 and root-0.',
    ],
    [{ rootMs: 98 }, 'Most of the remaining time, 93.0 ms, was spent in root-0.'],
  ])('names the largest remainder when no shard was slow: %o', (more, rest) => {
    const text = `No shard was slow: the slowest, shard 1, took 5.00 ms. ${rest}`;
    expect(explain(100, profile(quick, more))).toEqual({ text, straggler: null });
  });

  it('names the root when it was slow before it queried shards', () => {
    const shards = [shard(0, attempt('shard-0', 80, 4)), shard(1, attempt('shard-1', 82, 3))];
    const late = profile(shards, { rootMs: 86 });
    expect(explain(100, late).text).toMatch(/Most of the remaining time, 81.0 ms, was spent in root-0\.$/);
  });

  it('reports a cache hit', () => {
    expect(explain(0.3, profile(quick, { cached: true })).text).toBe(
      'frontend-0 answered from its cache or from an identical search in flight, so no shard was queried.',
    );
  });
});

const silent = (number: number) =>
  shard(
    number,
    attempt('shard-5', 1, 950, { outcome: 'timedOut' }),
    attempt('shard-1', 40, 911, { reason: 'hedge', outcome: 'timedOut' }),
  );

const unreachable = (replica: string, startMs: number) =>
  attempt(replica, startMs, 1, { outcome: 'rejected', detail: 'no responders' });

describe('explain for missing shards', () => {
  it('names every replica that was queried', () => {
    expect(explain(975, profile([silent(2), ...quick])).text).toBe(
      'No response from shard 2 within 951 ms: shard-5 did not respond for 950 ms, shard-1 did not respond for 911 ms.',
    );
  });

  it('names a silent replica once, by its longest attempt', () => {
    const silent = { outcome: 'timedOut' } as const;
    const attempts = [
      attempt('shard-5', 1, 950, silent),
      attempt('shard-1', 40, 911, silent),
      attempt('shard-5', 240, 711, silent),
    ];
    expect(explain(1_000, profile([shard(2, ...attempts)])).text).toBe(
      'No response from shard 2 within 951 ms: shard-5 did not respond for 950 ms, shard-1 did not respond for 911 ms.',
    );
  });

  it('names an unreachable replica once when it was retried', () => {
    const gone = shard(
      2,
      unreachable('a', 1),
      unreachable('b', 2),
      unreachable('a', 203),
      unreachable('b', 204),
    );
    expect(explain(210, profile([gone])).text).toBe(
      'No response from shard 2 within 205 ms: a was unreachable, b was unreachable.',
    );
  });

  it('covers shards without replicas and documents that did not arrive', () => {
    expect(explain(3, profile([shard(2)])).text).toBe(
      'No response from shard 2: it had no replica to query.',
    );
    const without = { ...shard(2, attempt('shard-2', 1, 4)), replica: null };
    expect(explain(3, profile([without])).text).toBe(
      'Shard 2 did not send the documents of its hits in time.',
    );
  });

  it('reports a missing shard when the answer claims to be complete', () => {
    expect(explain(975, profile([{ ...silent(0), replica: 'shard-5' }])).text).toMatch(
      /^No response from shard 0/,
    );
  });

  it('counts the shards beyond the first two', () => {
    const { text } = explain(975, profile([3, 1, 0, 2].map(silent)));
    expect(text).toMatch(
      /^No response from shard 0 .*No response from shard 1 .*\. 2 more shards did not respond\.$/,
    );
  });
});

const times = fc.double({ min: 0, max: 1000, noNaN: true });
const anyAttempt = fc.record(
  {
    replica: fc.constantFrom('a', 'b'),
    kind: fc.constantFrom('search' as const, 'fetch' as const),
    reason: fc.constantFrom('first' as const, 'hedge' as const, 'retry' as const),
    startMs: times,
    tookMs: times,
    outcome: fc.constantFrom(
      ...(['answered', 'late', 'expired', 'timedOut', 'rejected', 'waiting'] as const),
    ),
    detail: fc.constantFrom('busy', 'no responders'),
  },
  { requiredKeys: ['replica', 'kind', 'reason', 'startMs', 'tookMs', 'outcome'] },
);

/** A profile of an earlier release has no attempts. */
const anyShard = fc.record({ attempts: fc.array(anyAttempt, { maxLength: 4 }), earlier: fc.boolean() });

it('explains every profile and marks only attempts that it contains', () => {
  fc.assert(
    fc.property(
      fc.array(anyShard, { minLength: 1, maxLength: 4 }),
      fc.array(anyAttempt, { maxLength: 3 }),
      times,
      (made, roots, tookMs) => {
        const shards = made.map(({ attempts, earlier }, at) => {
          const { attempts: _, ...without } = shard(at, ...attempts);
          return earlier ? without : { ...without, attempts };
        });
        const { text, straggler } = explain(tookMs, profile(shards, { roots }));
        expect(text).toMatch(/^\S.*\.$/);
        expect(text).not.toMatch(/undefined|NaN|Infinity|null/);
        const known: Attempt[] = [
          ...roots,
          ...made.flatMap(({ attempts, earlier }) => (earlier ? [] : attempts)),
        ];
        const unknown = made.some(({ earlier }) => earlier);
        expect(straggler === null || unknown || known.includes(straggler)).toBe(true);
      },
    ),
  );
});
