import { describe, expect, it } from 'vitest';
import { ReplicaSelector } from './replica-selector.js';

/** A board on which time passes only by answers: `ask` sends one request to the chosen replica and lets it answer. */
function simulation(latencyMs: Record<string, number>) {
  let now = 0;
  let seed = 1;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const board = new ReplicaSelector(random, () => now);
  const asked: Record<string, number> = Object.fromEntries(Object.keys(latencyMs).map((name) => [name, 0]));
  return {
    board,
    asked,
    latencyMs,
    ask() {
      const replica = board.choose(Object.keys(latencyMs))!;
      asked[replica]!++;
      board.onSend(replica);
      now += latencyMs[replica]!;
      board.onComplete(replica, latencyMs[replica]!);
      now += 10;
    },
  };
}

describe('ReplicaBoard', () => {
  it('has no choice among none or one', () => {
    const board = new ReplicaSelector();
    expect(board.choose([])).toBeNull();
    expect(board.choose(['a'])).toBe('a');
  });

  it('spreads the work evenly over replicas that are equally fast', () => {
    const { ask, asked } = simulation({ a: 2, b: 2 });
    for (let i = 0; i < 1_000; i++) ask();
    expect(Math.min(...Object.values(asked))).toBeGreaterThan(400);
  });

  it('gives the little slower of two its share too', () => {
    const { ask, asked } = simulation({ a: 1, b: 1.5 });
    for (let i = 0; i < 1_000; i++) ask();
    expect(asked['b']).toBeGreaterThan(200);
  });

  it('asks a replica that is ten times slower rarely, and again when it has recovered', () => {
    const { ask, asked, latencyMs } = simulation({ a: 2, b: 20 });
    for (let i = 0; i < 1_000; i++) ask();
    expect(asked['b']).toBeLessThan(150);
    expect(asked['b']).toBeGreaterThan(0);
    latencyMs['b'] = 2;
    const before = asked['b']!;
    for (let i = 0; i < 1_000; i++) ask();
    expect(asked['b']! - before).toBeGreaterThan(350);
  });

  it('prefers the one with less under way', () => {
    const { board } = simulation({ a: 1, b: 1 });
    board.onSend('a');
    for (let i = 0; i < 20; i++) expect(board.choose(['a', 'b'])).toBe('b');
  });

  it('never picks the most loaded of three: it always compares two different ones', () => {
    const { board } = simulation({ a: 1, b: 1, c: 1 });
    for (let i = 0; i < 5; i++) board.onSend('a');
    for (let i = 0; i < 100; i++) expect(board.choose(['a', 'b', 'c'])).not.toBe('a');
  });

  it('leaves one alone that hangs, after the few requests that it takes to see it', () => {
    let now = 0;
    let turn = 0;
    // The hanging one is always the first of the two that are drawn.
    const board = new ReplicaSelector(
      () => 0,
      () => now,
    );
    let hanging = 0;
    for (; turn < 200; turn++, now += 10) {
      const replica = board.choose(['hangs', 'well'])!;
      board.onSend(replica);
      if (replica === 'hangs') hanging++;
      else board.onComplete('well', 5);
    }
    expect(hanging).toBeGreaterThan(0);
    expect(hanging).toBeLessThan(5);
  });

  it('leaves one that rejected alone for a moment, however quick its rejection was, and then tries it again', () => {
    let now = 0;
    const board = new ReplicaSelector(
      () => 0,
      () => now,
    );
    board.onSend('gone');
    board.onRejection('gone');
    for (let i = 0; i < 20; i++) expect(board.choose(['gone', 'there'])).toBe('there');
    now += 250;
    expect(board.choose(['gone', 'there'])).toBe('gone');
  });

  it('has no better choice when all have rejected', () => {
    const board = new ReplicaSelector(() => 0);
    for (const replica of ['a', 'b']) {
      board.onSend(replica);
      board.onRejection(replica);
    }
    expect(board.choose(['a', 'b'])).toBe('a');
    expect(board.choose(['b'])).toBe('b');
  });
});
