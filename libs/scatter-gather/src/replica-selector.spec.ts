import { describe, expect, it } from 'vitest';
import { ReplicaSelector } from './replica-selector.js';

/** A selector with a simulated clock: `send` sends one request to the selected replica and completes it. */
function simulation(latencyMs: Record<string, number>) {
  let now = 0;
  let seed = 1;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const selector = new ReplicaSelector(random, () => now);
  const sent: Record<string, number> = Object.fromEntries(Object.keys(latencyMs).map((name) => [name, 0]));
  return {
    selector,
    sent,
    latencyMs,
    send() {
      const replica = selector.choose(Object.keys(latencyMs))!;
      sent[replica]!++;
      selector.onSend(replica);
      now += latencyMs[replica]!;
      selector.onComplete(replica, latencyMs[replica]!);
      now += 10;
    },
  };
}

describe('ReplicaSelector', () => {
  it('returns null or the only candidate without a choice', () => {
    const selector = new ReplicaSelector();
    expect(selector.choose([])).toBeNull();
    expect(selector.choose(['a'])).toBe('a');
  });

  it('spreads requests evenly over equally fast replicas', () => {
    const { send, sent } = simulation({ a: 2, b: 2 });
    for (let i = 0; i < 1_000; i++) send();
    expect(Math.min(...Object.values(sent))).toBeGreaterThan(400);
  });

  it('sends a share to a slightly slower replica', () => {
    const { send, sent } = simulation({ a: 1, b: 1.5 });
    for (let i = 0; i < 1_000; i++) send();
    expect(sent['b']).toBeGreaterThan(200);
  });

  it('rarely selects a much slower replica until it recovers', () => {
    const { send, sent, latencyMs } = simulation({ a: 2, b: 20 });
    for (let i = 0; i < 1_000; i++) send();
    expect(sent['b']).toBeLessThan(150);
    expect(sent['b']).toBeGreaterThan(0);
    latencyMs['b'] = 2;
    const before = sent['b']!;
    for (let i = 0; i < 1_000; i++) send();
    expect(sent['b']! - before).toBeGreaterThan(350);
  });

  it('prefers the replica with fewer requests in flight', () => {
    const { selector } = simulation({ a: 1, b: 1 });
    selector.onSend('a');
    for (let i = 0; i < 20; i++) expect(selector.choose(['a', 'b'])).toBe('b');
  });

  it('never selects the most loaded of three replicas', () => {
    const { selector } = simulation({ a: 1, b: 1, c: 1 });
    for (let i = 0; i < 5; i++) selector.onSend('a');
    for (let i = 0; i < 100; i++) expect(selector.choose(['a', 'b', 'c'])).not.toBe('a');
  });

  it('avoids a replica that hangs after a few requests', () => {
    let now = 0;
    let turn = 0;
    // The random number makes the hanging replica the first candidate.
    const selector = new ReplicaSelector(
      () => 0,
      () => now,
    );
    let hanging = 0;
    for (; turn < 200; turn++, now += 10) {
      const replica = selector.choose(['hangs', 'well'])!;
      selector.onSend(replica);
      if (replica === 'hangs') hanging++;
      else selector.onComplete('well', 5);
    }
    expect(hanging).toBeGreaterThan(0);
    expect(hanging).toBeLessThan(5);
  });

  it('avoids a replica for a moment after its rejection', () => {
    let now = 0;
    const selector = new ReplicaSelector(
      () => 0,
      () => now,
    );
    selector.onSend('gone');
    selector.onRejection('gone');
    for (let i = 0; i < 20; i++) expect(selector.choose(['gone', 'there'])).toBe('there');
    now += 250;
    expect(selector.choose(['gone', 'there'])).toBe('gone');
  });

  it('selects a replica that rejected when all have rejected', () => {
    const selector = new ReplicaSelector(() => 0);
    for (const replica of ['a', 'b']) {
      selector.onSend(replica);
      selector.onRejection(replica);
    }
    expect(selector.choose(['a', 'b'])).toBe('a');
    expect(selector.choose(['b'])).toBe('b');
  });
});
