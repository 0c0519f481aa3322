import { expect, it } from 'vitest';
import { answering } from '../cluster/stand-ins.ts';
import { History } from './history.ts';
import { Journal } from './journal.ts';
import { search } from './judged.ts';
import { answerOf, written } from './made-up.ts';

/** The rules broken by an answer that misses a document which was confirmed so long ago. */
async function rulesBrokenBy(
  cached: boolean,
  { agoMs, cachedForMs }: { agoMs: number; cachedForMs: number },
) {
  const history = new History();
  written(history.of('a'), performance.now() - agoMs, 'confirmed', 'cod');
  const profile = { cached, frontend: 'frontend-0', frontendMs: 1, root: 'root-0', rootMs: 1, shards: [] };
  const answer = { ...answerOf([], { searched: 1 }), profile };
  const url = await answering((_, response) => response.end(JSON.stringify(answer)));
  const journal = new Journal();
  const question = { words: ['cod'], operator: 'or' } as const;
  await search({ url, history, journal, cachedForMs }, question, 5_000);
  return journal.failures.map(({ violation }) => violation.rule);
}

it('an answer from a cache may be as old as it is said to be, and no other one', async () => {
  const hidden = ['nothing hidden'];
  expect(await rulesBrokenBy(true, { agoMs: 500, cachedForMs: 1_000 })).toEqual([]);
  expect(await rulesBrokenBy(true, { agoMs: 5_000, cachedForMs: 1_000 })).toEqual(hidden);
  expect(await rulesBrokenBy(true, { agoMs: 500, cachedForMs: 0 })).toEqual(hidden);
  expect(await rulesBrokenBy(false, { agoMs: 500, cachedForMs: 1_000 })).toEqual(hidden);
});
