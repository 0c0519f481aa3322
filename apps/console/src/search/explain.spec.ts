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

/** A shard whose answer, if there is one, was waiting in a queue most of the time. */
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

describe('what took the time', () => {
  it('is the first replica, when a hedge answered long after it was asked', () => {
    const slow = shard(2, attempt('shard-5', 1, 97, waiting), hedge('shard-1', 70, 24));
    const { text, straggler } = explain(100, profile([...quick, slow]));
    expect(text).toBe(
      'Shard 2 was slow: shard-5 had not answered after 69.0 ms, so shard-1 was asked too, and answered in 24.0 ms.',
    );
    expect(straggler).toBe(slow.attempts![0]);
  });

  it('is who rejected, when asking another one took long', () => {
    const rejected = attempt('shard-5', 1, 60, { outcome: 'rejected', detail: 'busy' });
    const slow = shard(2, rejected, attempt('shard-1', 61, 24, { reason: 'retry' }));
    expect(explain(100, profile([...quick, slow])).text).toBe(
      'Shard 2 was slow: shard-5 rejected: busy; after 60.0 ms shard-1 was asked, and answered in 24.0 ms.',
    );
  });

  it('is that nobody was there for a moment, when the same replica answered then', () => {
    const away = attempt('shard-5', 1, 1, { outcome: 'rejected', detail: 'no responders' });
    const slow = shard(2, away, attempt('shard-5', 80, 10, { reason: 'retry' }));
    expect(explain(100, profile([...quick, slow])).text).toBe(
      'Shard 2 was slow: shard-5 was not there; after 79.0 ms shard-5 was asked again, and answered in 10.0 ms.',
    );
  });

  it('is silence, when the same replica answered then', () => {
    const lost = attempt('shard-5', 1, 97, waiting);
    const slow = shard(2, lost, attempt('shard-5', 71, 20, { reason: 'retry' }));
    expect(explain(100, profile([...quick, slow])).text).toBe(
      'Shard 2 was slow: shard-5 had not answered after 70.0 ms, so shard-5 was asked again, and answered in 20.0 ms.',
    );
  });

  it('is a root, when another one was asked beside it', () => {
    const roots = [attempt('root-1', 0, 100, waiting), hedge('root-0', 90, 9)];
    const { text, straggler } = explain(100, profile(quick, { roots, rootMs: 8 }));
    expect(text).toBe(
      'root-1 had not answered after 90.0 ms, so root-0 was asked too, and answered in 9.00 ms.',
    );
    expect(straggler).toBe(roots[0]);
  });

  it('is the slowest shard, with the part that took most; marked when the others were far quicker', () => {
    const slow = shard(2, attempt('shard-2', 1, 90));
    expect(explain(100, profile([...quick, slow]))).toEqual({
      text: 'Shard 2 took the longest: shard-2 answered after 90.0 ms, 63.0 ms of them in its queue.',
      straggler: slow.attempts![0],
    });
    const all = [0, 1].map((number) => shard(number, attempt(`shard-${number}`, 1, 90 + number)));
    expect(explain(100, profile(all)).straggler).toBeNull();
  });

  it('is a shard whose hedge was slow as well; who was asked first is marked', () => {
    const slow = shard(2, attempt('shard-2', 1, 97, waiting), hedge('shard-5', 10, 80));
    expect(explain(100, profile([...quick, slow]))).toEqual({
      text: 'Shard 2 took the longest: shard-5 answered after 80.0 ms, 56.0 ms of them in its queue.',
      straggler: slow.attempts![0],
    });
  });

  it('is not a hedge that lost', () => {
    const slow = shard(2, attempt('shard-2', 1, 90), { ...hedge('shard-5', 30, 68), outcome: 'late' });
    expect(explain(100, profile([...quick, slow])).text).toMatch(/^Shard 2 took the longest: shard-2/);
  });

  it('is the documents that came later', () => {
    const fetch = attempt('shard-2', 8, 80, { kind: 'fetch' });
    const slow = shard(2, attempt('shard-2', 1, 4), fetch);
    expect(explain(100, profile([...quick, slow])).text).toBe(
      'Most of it went into the documents that shard 2 sent later: 80.0 ms.',
    );
  });

  it.each([
    [
      { roots: [attempt('root-0', 0, 10)], rootMs: 9 },
      'Most of the rest, 90.0 ms, was spent in frontend-0 itself.',
    ],
    [{ rootMs: 10 }, 'Most of the rest, 89.0 ms, was spent on the way between frontend-0 and root-0.'],
    [{ rootMs: 98 }, 'Most of the rest, 93.0 ms, was spent in root-0 itself.'],
  ])('is elsewhere, when no shard was slow: %o', (more, rest) => {
    const text = `No shard was slow: the slowest, shard 1, took 5.00 ms. ${rest}`;
    expect(explain(100, profile(quick, more))).toEqual({ text, straggler: null });
  });

  it('is the root also when that was before it asked anybody', () => {
    const shards = [shard(0, attempt('shard-0', 80, 4)), shard(1, attempt('shard-1', 82, 3))];
    const late = profile(shards, { rootMs: 86 });
    expect(explain(100, late).text).toMatch(/Most of the rest, 81.0 ms, was spent in root-0 itself.$/);
  });

  it('is the cache', () => {
    expect(explain(0.3, profile(quick, { cached: true })).text).toBe(
      'frontend-0 had this answer in its cache, or on its way already: no shard was asked for this search.',
    );
  });
});

const silent = (number: number) =>
  shard(
    number,
    attempt('shard-5', 1, 950, { outcome: 'timedOut' }),
    attempt('shard-1', 40, 911, { reason: 'hedge', outcome: 'timedOut' }),
  );

const away = (replica: string, startMs: number) =>
  attempt(replica, startMs, 1, { outcome: 'rejected', detail: 'no responders' });

describe('what is missing', () => {
  it('comes first, with all who were asked', () => {
    expect(explain(975, profile([silent(2), ...quick])).text).toBe(
      'No answer from shard 2 in 951 ms: shard-5 was silent for 950 ms, shard-1 was silent for 911 ms.',
    );
  });

  it('names who was silent once, by the try that was waited for longest', () => {
    const silent = { outcome: 'timedOut' } as const;
    const asked = [
      attempt('shard-5', 1, 950, silent),
      attempt('shard-1', 40, 911, silent),
      attempt('shard-5', 240, 711, silent),
    ];
    expect(explain(1_000, profile([shard(2, ...asked)])).text).toBe(
      'No answer from shard 2 in 951 ms: shard-5 was silent for 950 ms, shard-1 was silent for 911 ms.',
    );
  });

  it('names who was not there once, however often that was tried', () => {
    const gone = shard(2, away('a', 1), away('b', 2), away('a', 203), away('b', 204));
    expect(explain(210, profile([gone])).text).toBe(
      'No answer from shard 2 in 205 ms: a was not there, b was not there.',
    );
  });

  it('is said also of a shard without replicas, and of documents that did not come', () => {
    expect(explain(3, profile([shard(2)])).text).toBe('No answer from shard 2: there was no replica to ask.');
    const without = { ...shard(2, attempt('shard-2', 1, 4)), replica: null };
    expect(explain(3, profile([without])).text).toBe(
      'Shard 2 did not send the documents of its hits in time.',
    );
  });

  it('is seen even where the answer claims to be complete', () => {
    expect(explain(975, profile([{ ...silent(0), replica: 'shard-5' }])).text).toMatch(
      /^No answer from shard 0/,
    );
  });

  it('is counted when it is much', () => {
    const { text } = explain(975, profile([3, 1, 0, 2].map(silent)));
    expect(text).toMatch(/^No answer from shard 0 .*No answer from shard 1 .*\. Nor from 2 more\.$/);
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

/** One of an earlier release tells of no attempts. */
const anyShard = fc.record({ attempts: fc.array(anyAttempt, { maxLength: 4 }), earlier: fc.boolean() });

it('has a sentence for whatever a profile says, and marks nothing that is not in it', () => {
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
        const told: Attempt[] = [
          ...roots,
          ...made.flatMap(({ attempts, earlier }) => (earlier ? [] : attempts)),
        ];
        const unknown = made.some(({ earlier }) => earlier);
        expect(straggler === null || unknown || told.includes(straggler)).toBe(true);
      },
    ),
  );
});
