import type { NatsConnection } from '@nats-io/transport-node';
import {
  DOCS_STREAM,
  encodeWrites,
  INTAKE_HEADER,
  INTAKE_STREAM,
  VERSION_HEADER,
  type IntakeWrite,
} from '@shoal/contracts';
import type * as nats from '@shoal/nats';
import type { StoredRecord } from '@shoal/nats';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DocumentsService } from './documents.service.js';
import type { IntakePublisher } from './intake-publisher.js';

/** The newest message about the document, by stream. */
const streams = vi.hoisted(() => new Map<string, StoredRecord>());
const read = vi.hoisted((): string[] => []);
vi.mock('@shoal/nats', async (original) => ({
  ...(await original<typeof nats>()),
  lastOf: (_: NatsConnection, stream: string) => {
    read.push(stream);
    return Promise.resolve(streams.get(stream) ?? null);
  },
}));

const service = new DocumentsService({} as NatsConnection, {} as IntakePublisher);

const json = (version: number) => JSON.stringify({ id: 'a', title: 'A', text: `version ${version}` });

function waits(sequence: number, write: IntakeWrite): void {
  streams.set(INTAKE_STREAM, record(sequence, encodeWrites([write]), { [VERSION_HEADER]: '1' }));
}

const put = (version: number): IntakeWrite => ({
  op: 'put',
  partition: 0,
  key: 'a',
  document: json(version),
});
const deletion: IntakeWrite = { op: 'delete', partition: null, key: 'a' };

/** The log holds the write with that INTAKE sequence; an empty document is a tombstone. */
function isLogged(intake: number, document: string): void {
  // DOCS counts for itself: its sequence says nothing here.
  streams.set(
    DOCS_STREAM,
    record(1_000, document, { [VERSION_HEADER]: '1', [INTAKE_HEADER]: String(intake) }),
  );
}

const record = (sequence: number, payload: string, headers: Record<string, string>): StoredRecord => ({
  subject: 'any',
  sequence,
  payload: Buffer.from(payload),
  header: (name) => headers[name],
});

describe('a document that is read by id', () => {
  beforeEach(() => {
    streams.clear();
    read.length = 0;
  });

  it('is the write that waits when it is newer than the log', async () => {
    isLogged(4, json(1));
    waits(5, put(2));
    expect(await service.get('a')).toBe(json(2));
    waits(5, deletion);
    expect(await service.get('a')).toBeNull();
  });

  it('is what the log holds when the write that waits is in it, or an older one', async () => {
    waits(5, put(1));
    isLogged(5, json(1));
    expect(await service.get('a')).toBe(json(1));
    // Of an upload that came after it.
    isLogged(6, json(2));
    expect(await service.get('a')).toBe(json(2));
    isLogged(7, '');
    expect(await service.get('a')).toBeNull();
  });

  it('is found where there is only one of both, or none', async () => {
    expect(await service.get('a')).toBeNull();
    isLogged(5, json(1));
    expect(await service.get('a')).toBe(json(1));
    streams.clear();
    waits(6, put(2));
    expect(await service.get('a')).toBe(json(2));
  });

  it('is looked up in INTAKE first: what leaves it meanwhile is in the log by then', async () => {
    await service.get('a');
    expect(read).toEqual([INTAKE_STREAM, DOCS_STREAM]);
  });
});
