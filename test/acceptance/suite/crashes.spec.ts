import type { SearchAnswer } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { until } from '../../cluster/until.ts';
import { api, deleteAfterwards, search, target, writeDocuments } from './running.ts';
import { expectWholeAnswersWhile } from './whole-answers.ts';

const DOCUMENTS = 50;
/** Until a process has started again, has replayed its documents and is asked again. */
const BACK_MS = 60_000;
/** The lease lasts 4 s; the rest is for a machine that is busy. */
const TAKEOVER_MS = 20_000;

const answeredBy = ({ profile }: SearchAnswer): (string | null)[] =>
  profile?.shards.map(({ replica }) => replica) ?? [];

describe('while searches go on, of which none may fail or miss a document', () => {
  it(
    'a replica crashes: it comes back and answers again',
    async () => {
      const word = await writeDocuments(DOCUMENTS);
      const { shards } = await api.cluster();
      const victim = shards[0]!.replicas[0]!.member;
      await expectWholeAnswersWhile(word, DOCUMENTS, async (answers) => {
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
      await expectWholeAnswersWhile(word, DOCUMENTS, async () => {
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
