import { beforeEach, expect, it } from 'vitest';
import { answering } from '../cluster/stand-ins.ts';
import { expectHealed } from './healing.ts';
import { type DocumentHistory, History } from './history.ts';
import { Journal } from './journal.ts';
import { answerOf, hitOf, written } from './made-up.ts';
import { EVERYWHERE } from './vocabulary.ts';

interface Answer {
  status?: number;
  body: unknown;
}

let history: History;
let document: DocumentHistory;
beforeEach(() => {
  history = new History();
  document = history.of('d0');
  written(document, 0, 'confirmed', EVERYWHERE);
});

const CLUSTER: Answer = { body: { members: [], leader: 'indexer-0', shards: [] } };
const found = (version: number): Answer => ({ body: answerOf([hitOf(history, 'd0', version)]) });
const version = (number: number): Answer => ({ body: { id: 'd0', ...document.writes[number]!.body } });

/** The rules that these answers break, each given once and the last of a list again and again. */
async function rulesBrokenBy(answers: Record<'cluster' | 'search' | 'documents', Answer[]>) {
  const url = await answering(({ url: path = '' }, response) => {
    const left = answers[/^\/api\/(\w+)/.exec(path)![1] as keyof typeof answers];
    const { status = 200, body } = left.length > 1 ? left.shift()! : left[0]!;
    response.writeHead(status).end(JSON.stringify(body));
  });
  const journal = new Journal();
  await expectHealed({ url, history, journal, cachedForMs: 0 }, 0);
  return journal.failures.map(({ violation }) => violation.rule);
}

it('an old version that is read after the cure is a fault, though the next read is right', async () => {
  written(document, 20, 'acknowledged', EVERYWHERE);
  const answers = { cluster: [CLUSTER], search: [found(2)], documents: [version(1), version(2)] };
  expect(await rulesBrokenBy(answers)).toEqual(['a read sees what was acknowledged']);
});

it('a complete answer that misses a document after the cure is a fault, though the next one has it', async () => {
  const missing = { body: answerOf([], { searched: 1 }) };
  const answers = { cluster: [CLUSTER], search: [missing, found(1)], documents: [version(1)] };
  expect(await rulesBrokenBy(answers)).toEqual(['nothing hidden']);
});

it('what may take its time is waited for: no answer, a degraded one, an upload; a 500 is not', async () => {
  written(document, 20, 'uploaded', EVERYWHERE);
  const notNow = { status: 503, body: {} };
  const degraded = { body: answerOf([], { silent: 1 }) };
  const answers = {
    cluster: [notNow, CLUSTER],
    search: [notNow, degraded, found(1)],
    documents: [version(1), { status: 500, body: {} }],
  };
  expect(await rulesBrokenBy(answers)).toEqual(['no wrong status']);
  expect(Object.values(answers).map(({ length }) => length)).toEqual([1, 1, 1]);
});
