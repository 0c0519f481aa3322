import { encodeWrites, VERSION_HEADER, type IntakeWrite } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { decodeIntake } from './intake-decoder.js';

const PUT: IntakeWrite = { op: 'put', partition: 3, key: 'a', document: '{"id":"a"}' };

function message(sequence: number, text = encodeWrites([PUT]), version?: string) {
  const header = (name: string) => (name === VERSION_HEADER ? version : undefined);
  return { subject: 'intake.one.a', sequence, payload: Buffer.from(text), header, ack: () => {} };
}

describe('decodeIntake', () => {
  it('reads what this release wrote, and what was written before there was a header', () => {
    const { readable, unreadable } = decodeIntake([message(1, undefined, '1'), message(2)]);
    expect(unreadable).toBeNull();
    expect(readable.map(({ sequence, writes }) => [sequence, writes])).toEqual([
      [1, [PUT]],
      [2, [PUT]],
    ]);
  });

  it.each([
    ['of a later release', message(2, undefined, '2'), /schema version 2/],
    ['of no known form', message(2, 'patch 3 a {}'), /not an intake write/],
  ])('stops at a message %s, and skips neither it nor those after it', (_, strange, reason) => {
    const { readable, unreadable } = decodeIntake([message(1), strange, message(3)]);
    expect(readable.map(({ sequence }) => sequence)).toEqual([1]);
    expect(unreadable?.message).toMatch(reason);
    expect(unreadable?.message).toMatch(/INTAKE 2 .* Run an indexer of the release that wrote it/);
  });
});
