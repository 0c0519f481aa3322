import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hit } from '@shoal/contracts';
import { checkRead } from './check-read.ts';
import { checkSearch } from './check-search.ts';
import { type DocumentHistory, History, type Write } from './history.ts';
import { answerOf, type Fate, hitOf, written } from './made-up.ts';
import { matches, type Question, searchable, type Span } from './truth.ts';

const COD: Question = { words: ['cod'], operator: 'or' };
const FATES = ['confirmed', 'acknowledged', 'uploaded', 'indeterminate', 'rejected'] as const;
const END = 300;

const write = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  fate: fc.constantFrom<Fate>(...FATES),
  words: fc.option(fc.constantFrom('cod', 'eel', 'cod eel'), { freq: 4 }),
});
/** Some writes, one every 5 ms, each of which ends 10 ms after it was sent. */
const history = fc.array(write, { minLength: 1, maxLength: 50, size: 'max' }).map((writes) => {
  const history = new History();
  writes.forEach(({ id, fate, words }, at) => {
    const document = history.of(id);
    const { outcome, endedAt } = document.last;
    if (outcome !== 'indeterminate' && endedAt <= at * 5) written(document, at * 5, fate, words);
  });
  return history;
});
/** Of a question: when it was sent, how long it took, and when in between it was answered; chances draw when writes take effect. */
const asking = fc.record({
  sentAt: fc.nat(END),
  tookMs: fc.nat(30),
  part: fc.nat(100),
  chances: fc.infiniteStream(fc.nat(100)),
});

/** When a write must have taken effect at the latest. */
const found = ({ confirmedAt }: Write) => confirmedAt;
const read = ({ via, outcome, endedAt, confirmedAt }: Write) =>
  via === 'single' && outcome === 'acknowledged' ? endedAt : confirmedAt;

/** The version that a perfect cluster holds at a moment: each write takes effect once, after the one before it, or never. */
function versionAt(
  { writes }: DocumentHistory,
  moment: number,
  due: (write: Write) => number,
  chances: Iterator<number>,
): Write {
  let latest = Infinity;
  const effective = writes.toReversed().find((write) => {
    const chance = chances.next().value as number;
    // From at once to never.
    const drawn = write.sentAt + (chance < 80 ? chance : Infinity);
    latest = Math.min(latest, Math.max(write.sentAt, Math.min(drawn, due(write))));
    return write.outcome !== 'rejected' && latest <= moment;
  });
  return effective ?? writes[0]!;
}

function answerAt(history: History, moment: number, chances: Iterator<number>) {
  const versions = [...history.all()].map((document) => ({
    document,
    write: versionAt(document, moment, found, chances),
  }));
  const hits = versions
    .filter(({ document, write }) => matches(document.id, write, COD))
    .map(({ document, write }) => hitOf(history, document.id, write.version))
    .toSorted(byId);
  return answerOf(hits, { searched: versions.filter(({ write }) => write.body).length });
}

const byId = (a: Hit, b: Hit) => (a.id < b.id ? -1 : 1);

const spanOf = ({ sentAt, tookMs, part }: { sentAt: number; tookMs: number; part: number }) => {
  const span: Span = { sentAt, receivedAt: sentAt + tookMs + 1 };
  return { span, moment: sentAt + (tookMs * part) / 100 };
};

describe('the checker', () => {
  it('takes every answer of a perfect cluster for right', () => {
    fc.assert(
      fc.property(history, asking, (history, asked) => {
        const { span, moment } = spanOf(asked);
        const answer = answerAt(history, moment, asked.chances);
        expect(checkSearch(history, COD, 1000, answer, span)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes every read from a perfect cluster for right', () => {
    fc.assert(
      fc.property(history, asking, (history, asked) => {
        const { span, moment } = spanOf(asked);
        for (const document of history.all()) {
          const { body } = versionAt(document, moment, read, asked.chances);
          expect(checkRead(document, body, span)).toEqual([]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('finds every hit out that is too old, too new, rejected, or left out', () => {
    fc.assert(
      fc.property(history, asking, fc.nat(), (history, asked, which) => {
        const { span, moment } = spanOf(asked);
        const answer = answerAt(history, moment, asked.chances);
        const { writes, id } = [...history.all()][which % [...history.all()].length]!;
        const allowed = searchable(writes, span);
        const others = answer.hits.filter((hit) => hit.id !== id);
        const tooOld = writes.filter((write) => write.body && !allowed.includes(write));
        const wrong = tooOld.map(({ version }) => [...others, hitOf(history, id, version)].toSorted(byId));
        if (allowed.every((write) => matches(id, write, COD))) wrong.push(others);
        for (const hits of wrong)
          expect(checkSearch(history, COD, 1000, { ...answer, hits }, span)).not.toEqual([]);
      }),
    );
  });
});
