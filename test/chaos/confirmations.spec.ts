import { beforeEach, describe, expect, it } from 'vitest';
import { Confirmations } from './confirmations.ts';
import { History } from './history.ts';
import { written } from './made-up.ts';

const place = (partition: number, sequence: number) => ({ id: 'any', partition, sequence });

let history: History;
let confirmations: Confirmations;
beforeEach(() => {
  history = new History();
  confirmations = new Confirmations();
});

describe('a confirmation', () => {
  it('counts for the earlier writes of its partition', () => {
    const deletion = written(history.of('a'), 0, 'acknowledged', null);
    confirmations.acknowledged(history.of('a'), place(3, 10));
    confirmations.confirmed(place(3, 11), 50);
    expect(deletion.confirmedAt).toBe(50);
  });

  it('counts neither for later writes nor for other partitions', () => {
    const later = written(history.of('a'), 0, 'acknowledged', 'cod');
    confirmations.acknowledged(history.of('a'), place(3, 12));
    const elsewhere = written(history.of('b'), 0, 'acknowledged', 'cod');
    confirmations.acknowledged(history.of('b'), place(4, 10));
    confirmations.confirmed(place(3, 11), 50);
    expect([later.confirmedAt, elsewhere.confirmedAt]).toEqual([Infinity, Infinity]);
  });

  it('does not count for a document that has ever been routed: it may lie elsewhere', () => {
    written(history.of('a'), 0, 'confirmed', 'cod', 'north');
    const moved = written(history.of('a'), 20, 'acknowledged', 'cod');
    confirmations.acknowledged(history.of('a'), place(3, 10));
    confirmations.confirmed(place(3, 11), 50);
    expect(moved.confirmedAt).toBe(Infinity);
  });
});
