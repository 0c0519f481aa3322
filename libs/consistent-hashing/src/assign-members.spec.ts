import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignMembers, type MemberSituation } from './assign-members.js';

const member = fc.integer({ min: 1, max: 12 }).map((n) => `shard-${n}`);
const situations: fc.Arbitrary<MemberSituation> = fc
  .record({
    shards: fc.integer({ min: 1, max: 5 }),
    replicas: fc.integer({ min: 1, max: 4 }),
    // A table as this function made it: no member twice.
    seats: fc.uniqueArray(member),
    present: fc.uniqueArray(member),
    expected: fc.uniqueArray(member),
  })
  .map(({ seats, ...rest }) => ({
    ...rest,
    previous: Array.from({ length: 6 }, (_, shard) => seats.filter((_, seat) => seat % 6 === shard)),
  }));

describe('assignMembers', () => {
  it('assigns expected members once, and at most `replicas` to a shard', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const result = assignMembers(situation);
        const placed = result.flat();
        expect(result).toHaveLength(situation.shards);
        expect(new Set(placed).size).toBe(placed.length);
        for (const members of result) expect(members.length).toBeLessThanOrEqual(situation.replicas);
        const expected = new Set([...situation.present, ...situation.expected]);
        expect(placed.every((name) => expected.has(name))).toBe(true);
      }),
    );
  });

  it('keeps present and returning members in their place', () => {
    fc.assert(
      fc.property(situations, ({ replicas, ...situation }) => {
        const room = Math.max(replicas, ...situation.previous.map((members) => members.length));
        const result = assignMembers({ ...situation, replicas: room });
        const expected = new Set([...situation.present, ...situation.expected]);
        for (let shard = 0; shard < situation.shards; shard++) {
          const stay = situation.previous[shard]!.filter((name) => expected.has(name));
          expect(result[shard]!.slice(0, stay.length)).toEqual(stay);
        }
      }),
    );
  });

  it('leaves no place open while there is a spare', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const result = assignMembers(situation);
        const places = situation.shards * situation.replicas;
        const placed = new Set(result.flat());
        const spares = situation.present.filter((name) => !placed.has(name));
        expect(placed.size === places || spares.length === 0).toBe(true);
      }),
    );
  });

  it('changes nothing when it runs again on its own result', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const result = assignMembers(situation);
        expect(assignMembers({ ...situation, previous: result })).toEqual(result);
      }),
    );
  });

  it('does not depend on the order of the present members', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const reversed = { ...situation, present: situation.present.toReversed() };
        expect(assignMembers(reversed)).toEqual(assignMembers(situation));
      }),
    );
  });

  it('fills the shards evenly from nothing', () => {
    const present = ['a', 'b', 'c', 'd', 'e'];
    expect(assignMembers({ shards: 2, replicas: 2, previous: [], present, expected: [] })).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('sends a spare to the shard without present members before one that is short', () => {
    const previous = [
      ['a', 'gone'],
      ['b', 'gone too'],
    ];
    const result = assignMembers({
      shards: 2,
      replicas: 2,
      previous,
      present: ['a', 'new'],
      expected: ['b'],
    });
    expect(result).toEqual([['a'], ['b', 'new']]);
  });

  it('drops a returning member before a present one when replicas become fewer', () => {
    const previous = [['away', 'here']];
    expect(
      assignMembers({ shards: 1, replicas: 1, previous, present: ['here'], expected: ['away'] }),
    ).toEqual([['here']]);
  });
});
