import { beforeEach, describe, expect, it } from 'vitest';
import { checkRead } from './check-read.ts';
import { type DocumentHistory, History } from './history.ts';
import { written } from './made-up.ts';

const ASKED = { sentAt: 100, receivedAt: 110 };

let document: DocumentHistory;
beforeEach(() => {
  document = new History().of('a');
});

/** @param version 0: it was said not to exist */
const isRight = (version: number) => checkRead(document, document.writes[version]!.body, ASKED).length === 0;

describe('a read by id', () => {
  it('gives what was acknowledged last', () => {
    written(document, 0, 'confirmed', 'cod');
    written(document, 50, 'acknowledged', 'eel');
    expect([0, 1, 2].map(isRight)).toEqual([false, false, true]);
  });

  it('gives nothing after an acknowledged deletion', () => {
    written(document, 0, 'confirmed', 'cod');
    written(document, 50, 'acknowledged', null);
    expect([0, 1].map(isRight)).toEqual([true, false]);
  });

  it.each(['open', 'indeterminate', 'uploaded'] as const)(
    'may or may not know a write that is %s',
    (fate) => {
      written(document, 0, 'acknowledged', 'cod');
      written(document, 50, fate, 'eel');
      expect([0, 1, 2].map(isRight)).toEqual([false, true, true]);
    },
  );

  it('may or may not know a write that was acknowledged while it was on its way', () => {
    written(document, 95, 'acknowledged', 'cod');
    expect([0, 1].map(isRight)).toEqual([true, true]);
  });

  it('does not know what is rejected, or sent only later', () => {
    written(document, 0, 'rejected', 'cod');
    written(document, 120, 'acknowledged', 'eel');
    expect([0, 1, 2].map(isRight)).toEqual([true, false, false]);
  });

  it('gives the very words of that version', () => {
    const { body } = written(document, 0, 'acknowledged', 'cod');
    expect(checkRead(document, { ...body, text: 'code' }, ASKED)).toHaveLength(1);
    expect(checkRead(document, { ...body, routing: 'north' }, ASKED)).toHaveLength(1);
  });
});
