import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePage, serializeHit } from './merge.js';
import type { ShardOutcome } from './shard-client.js';

interface Scored {
  id: string;
  score: number;
}

const inOrder = (a: Scored, b: Scored) => b.score - a.score || (a.id < b.id ? -1 : 1);

/** What a shard answers that holds these hits. */
function outcome(shard: number, hits: Scored[], limit: number): ShardOutcome {
  const best = hits.toSorted(inOrder).slice(0, limit);
  return {
    target: shard,
    outcome: 'answered',
    replica: `shard-${shard}`,
    roundTripMs: 1,
    hedged: false,
    attempts: [],
    result: {
      documents: best.map(({ id }) => `{"id":"${id}"}`),
      result: {
        kind: 'search',
        queueMs: 0,
        searchMs: 0,
        total: hits.length,
        searched: hits.length,
        ids: best.map(({ id }) => id),
        scores: best.map(({ score }) => score),
        inlined: best.length,
      },
    },
  };
}

/** Few scores, so that ties are the rule. */
const hits = fc.uniqueArray(
  fc.record({ id: fc.string({ maxLength: 3 }), score: fc.integer({ min: 0, max: 3 }) }),
  {
    selector: ({ id }) => id,
    maxLength: 60,
  },
);

describe('a merged page', () => {
  it('has a document once that is on its way from one shard to another', () => {
    const [old, moved, other] = [
      { id: 'm', score: 2 },
      { id: 'm', score: 3 },
      { id: 'o', score: 1 },
    ];
    const outcomes = [outcome(0, [old, other], 10), outcome(1, [moved], 10)];
    expect(mergePage(outcomes, 0, 10).map(({ id, shard }) => [id, shard])).toEqual([
      ['m', 1],
      ['o', 0],
    ]);
    expect(mergePage(outcomes, 1, 10).map(({ id }) => id)).toEqual(['o']);
  });

  it('is the page of all hits sorted, however they are spread over shards', () => {
    fc.assert(
      fc.property(
        hits,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(30),
        fc.integer({ min: 1, max: 20 }),
        (all, shards, from, size) => {
          const spread = Array.from({ length: shards }, (_, shard) =>
            all.filter((_hit, at) => at % shards === shard),
          );
          const outcomes = spread.map((part, shard) => outcome(shard, part, from + size));
          const page = mergePage(outcomes, from, size);
          expect(page.map(({ id, score }) => ({ id, score }))).toEqual(
            all.toSorted(inOrder).slice(from, from + size),
          );
          for (const { id, shard, document } of page) {
            expect(spread[shard]?.some((hit) => hit.id === id)).toBe(true);
            expect(document).toBe(`{"id":"${id}"}`);
          }
        },
      ),
    );
  });

  it('leaves out a shard that did not answer, and keeps the others', () => {
    const silent: ShardOutcome = {
      target: 0,
      outcome: 'timedOut',
      replica: null,
      roundTripMs: 1,
      hedged: false,
      attempts: [],
    };
    const page = mergePage([silent, outcome(1, [{ id: 'a', score: 1 }], 10)], 0, 10);
    expect(page).toMatchObject([{ id: 'a', shard: 1 }]);
  });

  it('has no document for a hit whose text did not fit into the reply', () => {
    const short = outcome(0, [{ id: 'a', score: 1 }], 10);
    short.result?.documents.pop();
    expect(mergePage([short], 0, 10)).toEqual([{ id: 'a', score: 1, shard: 0, document: undefined }]);
  });
});

describe('a hit on its way to the client', () => {
  it('is the stored document with score and shard in front', () => {
    const hit = { id: 'a', score: 0.1 + 0.2, shard: 3, document: '{"id":"a","title":"</script>"}' };
    expect(JSON.parse(serializeHit(hit))).toEqual({
      score: 0.1 + 0.2,
      shard: 3,
      id: 'a',
      title: '</script>',
    });
  });
});
