import type { SearchAnswer } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { api, deleteAfterwards, search, target, writeDocuments } from './running.ts';

const DOCUMENTS = 50;
/** Until a process has started again, has replayed its documents and is asked again. */
const BACK_MS = 60_000;
/** The lease lasts 4 s; the rest is for a machine that is busy. */
const TAKEOVER_MS = 20_000;

/** Searches on and on while something is done, which sees the answers so far. Each of them must be whole. */
async function expectWholeAnswersWhile(
  word: string,
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
  expect(new Set(answers.map(({ total }) => total.value))).toEqual(new Set([DOCUMENTS]));
}

const answeredBy = ({ profile }: SearchAnswer): (string | null)[] =>
  profile?.shards.map(({ replica }) => replica) ?? [];

describe('while searches go on, of which none may fail or miss a document', () => {
  it(
    'a replica crashes: it comes back and answers again',
    async () => {
      const word = await writeDocuments(DOCUMENTS);
      const { shards } = await api.cluster();
      const victim = shards[0]!.replicas[0]!.member;
      await expectWholeAnswersWhile(word, async (answers) => {
        await target.crash(victim);
        const since = answers.length;
        await until(
          `${victim} answers again`,
          () => answers.slice(since).some((answer) => answeredBy(answer).includes(victim)),
          BACK_MS,
        );
      });
    },
    2 * BACK_MS,
  );

  it(
    'the leader crashes: another win follows, and what was written meanwhile is found',
    async () => {
      const word = await writeDocuments(DOCUMENTS);
      const late = `${word}late`;
      deleteAfterwards([late]);
      const { leader, fencingToken } = await api.cluster();
      await expectWholeAnswersWhile(word, async () => {
        await target.crash(leader!);
        expect((await api.put(late, { title: late, text: 'a latecomer' })).status).toBe(202);
        await until(
          'another win',
          async () => (await api.cluster()).fencingToken > fencingToken,
          TAKEOVER_MS,
        );
        await until('the latecomer is found', async () => (await search(late)).total.value === 1);
      });
    },
    2 * BACK_MS,
  );
});
