import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Document, SearchAnswer } from '@shoal/contracts';
import type { Api } from '../cluster/api.ts';
import { startCluster } from '../cluster/cluster.ts';

/** Few words and short texts, so that many documents score the same. */
const WORDS = ['sea', 'fish', 'boat', 'net', 'tide', 'sail', 'reef', 'swimming', 'swims', 'the'];
const QUERIES = [
  'sea',
  'fish',
  'boat net',
  'tide sail reef',
  'swim the reef',
  'sea sea fish',
  'the',
  'unheard',
  'fish unheard',
];
const DOCUMENTS = 400;
/** Long, because only complete answers are compared. */
const timeoutMs = 5_000;

const document = (id: number): fc.Arbitrary<Document> =>
  fc.record(
    {
      id: fc.constant(`d${id}`),
      title: fc.constantFrom(...WORDS),
      text: fc
        .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 12 })
        .map((words) => words.join(' ')),
      routing: fc.constantFrom('north', 'south', 'east'),
    },
    { requiredKeys: ['id', 'title', 'text'] },
  );

/** The same corpus in every run: [final versions, versions that they replace, documents that are deleted]. */
function corpus(): { last: Document[]; earlier: Document[]; doomed: Document[] } {
  const all = fc.sample(fc.tuple(...Array.from({ length: DOCUMENTS }, (_, id) => document(id))), {
    numRuns: 2,
    seed: 20_261_121,
  });
  const [last = [], earlier = []] = all;
  const doomed = earlier.slice(0, 60).map((one, at) => ({ ...one, id: `gone${at}` }));
  return { last, earlier: earlier.filter((_, at) => at % 3 === 0), doomed };
}

const lines = (documents: Document[]) => documents.map((one) => JSON.stringify(one)).join('\n');

/** Some come by one, some in bulk, some twice and with another routing, some are deleted again. */
async function fill(api: Api, order: 'forwards' | 'backwards'): Promise<void> {
  const { last, earlier, doomed } = corpus();
  const turn = <T>(list: T[]) => (order === 'forwards' ? list : list.toReversed());
  await api.bulk(lines(turn([...earlier, ...doomed])));
  await api.bulk(lines(turn(last.slice(50))));
  for (const { id, ...body } of turn(last.slice(0, 50))) await api.put(id, body);
  await Promise.all(doomed.map(({ id }) => api.delete(id)));
  await api.settled(DOCUMENTS);
}

/** Parts of an answer that must not depend on the layout of shards. */
function essence({ hits, total }: SearchAnswer) {
  return { total: total.value, hits: hits.map(({ shard: _, ...hit }) => hit) };
}

let one: Api;
let many: Api;

beforeAll(async () => {
  const small = await startCluster({ shards: 1, replicas: 1 });
  const large = await startCluster({
    shards: 3,
    replicas: 2,
    members: 6,
    roots: 2,
    env: { SHOAL_PLACEMENT: 'range' },
  });
  [one, many] = [small.api, large.api];
  await Promise.all([fill(one, 'forwards'), fill(many, 'backwards')]);
  return () => Promise.all([small.stop(), large.stop()]);
});

describe('one shard and three shards with two replicas each', () => {
  describe.each(['or', 'and'])('with operator %s', (operator) => {
    it.each(QUERIES)('return identical hits, totals and scores for "%s"', async (q) => {
      const all = { operator, size: 1000, timeoutMs };
      const expected = essence(await one.search(q, all));
      expect(essence(await many.search(q, all))).toEqual(expected);
      // Another replica, another root: the same again.
      expect(essence(await many.search(q, { ...all, timeoutMs: timeoutMs + 1 }))).toEqual(expected);
    });
  });

  it.each(['north', 'south', 'east', 'nowhere'])(
    'return identical hits for the routing key %s',
    async (routing) => {
      const all = { routing, size: 1000, timeoutMs };
      const expected = essence(await one.search('sea fish', all));
      expect(essence(await many.search('sea fish', all))).toEqual(expected);
      expect(new Set(expected.hits.map((hit) => hit.routing))).toEqual(
        new Set(expected.hits.length > 0 ? [routing] : []),
      );
    },
  );
});

describe.each([
  ['one shard', () => one],
  ['three shards', () => many],
])('pages of %s', (_, api) => {
  it.each([7, 10, 250])('neither overlap nor skip hits with %i a page', async (size) => {
    const whole = (await api().search('sea fish boat', { size: 1000, timeoutMs })).hits.map(({ id }) => id);
    const pages: string[] = [];
    for (let from = 0; from < whole.length; from += size)
      pages.push(...(await api().found('sea fish boat', { from, size, timeoutMs })));
    expect(pages).toEqual(whole);
  });

  it('order equal scores by id', async () => {
    const { hits } = await api().search('sea', { size: 1000, timeoutMs });
    const ties = hits.filter((hit, at) => hit.score === hits[at - 1]?.score).length;
    expect(ties).toBeGreaterThan(50);
    const ordered = hits.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    expect(hits).toEqual(ordered);
  });
});

describe('replaced and deleted documents', () => {
  it('are found once in their last version or not at all', async () => {
    const { last } = corpus();
    const { hits } = await many.search(WORDS.join(' '), { size: 1000, timeoutMs });
    const stored = new Map(hits.map(({ score: _, shard: __, ...document }) => [document.id, document]));
    expect(stored.size).toBe(hits.length);
    const analysed = last.filter(({ title, text }) =>
      `${title} ${text}`.split(' ').some((word) => word !== 'the'),
    );
    expect(stored).toEqual(new Map(analysed.map((document) => [document.id, document])));
  });
});
