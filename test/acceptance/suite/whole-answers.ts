import type { SearchAnswer } from '@shoal/contracts';
import { expect } from 'vitest';
import { search } from './running.ts';

/** Searches on and on while something is done, which sees the answers so far. Each of them must be whole, and find so many documents. */
export async function expectWholeAnswersWhile(
  word: string,
  documents: number,
  work: (answers: readonly SearchAnswer[]) => Promise<void>,
): Promise<void> {
  const answers: SearchAnswer[] = [];
  const stopped = new AbortController();
  const searching = (async () => {
    while (!stopped.signal.aborted) answers.push(await search(word));
  })();
  try {
    await Promise.race([work(answers), searching]);
  } finally {
    stopped.abort();
    await searching;
  }
  expect(answers.filter(({ coverage }) => coverage.degraded)).toEqual([]);
  expect(new Set(answers.map(({ total }) => total.value))).toEqual(new Set([documents]));
}
