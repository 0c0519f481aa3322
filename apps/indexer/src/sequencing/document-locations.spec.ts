import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { partitionOf } from '@shoal/consistent-hashing';
import { DOCS_STREAM, docsSubject, type IntakeWrite } from '@shoal/contracts';
import { encodeKey, ensureStream } from '@shoal/nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNats, type NatsServer } from '../../../../test/cluster/nats-server.js';
import { DocumentLocations, type LogWrite } from './document-locations.js';

const PARTITIONS = 8;

let server: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  server = await startNats();
  connection = await connect({ servers: server.url });
  await ensureStream(connection, { name: DOCS_STREAM, subjects: [docsSubject.all], kind: 'last-value' });
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

const home = (id: string) => partitionOf(id, PARTITIONS);
const away = (id: string, by = 1) => (home(id) + by) % PARTITIONS;
const put = (id: string, partition: number): IntakeWrite => ({
  op: 'put',
  partition,
  key: encodeKey(id),
  document: `{"id":"${id}"}`,
});
const remove = (id: string): IntakeWrite => ({ op: 'delete', partition: null, key: encodeKey(id) });
const at = (id: string, partition: number) => docsSubject.document(partition, encodeKey(id));

/** Carries out a write in a commit of its own. @returns the subjects written, tombstones marked with a minus */
async function commit(places: DocumentLocations, ...writes: IntakeWrite[]): Promise<string[]> {
  const written: string[] = [];
  const effects: LogWrite[] = [];
  for (const write of writes) effects.push(...(await places.resolve(write)));
  for (const { subject, document } of effects) {
    await jetstream(connection).publish(subject, document);
    written.push(document === '' ? `-${subject}` : subject);
  }
  places.committed();
  return written;
}

const load = () => DocumentLocations.load(connection, PARTITIONS, 0);

describe('the places of documents', () => {
  it('need no tombstone for a document that stays in its own partition', async () => {
    const places = await load();
    expect(await commit(places, put('stays', home('stays')))).toEqual([at('stays', home('stays'))]);
    expect(await commit(places, put('stays', home('stays')))).toEqual([at('stays', home('stays'))]);
  });

  it('take the old version away before a document appears in another partition, there and back', async () => {
    const places = await load();
    const [own, other, third] = [home('moves'), away('moves'), away('moves', 2)];
    await commit(places, put('moves', own));
    expect(await commit(places, put('moves', other))).toEqual([`-${at('moves', own)}`, at('moves', other)]);
    expect(await commit(places, put('moves', third))).toEqual([`-${at('moves', other)}`, at('moves', third)]);
    expect(await commit(places, put('moves', own))).toEqual([`-${at('moves', third)}`, at('moves', own)]);
  });

  it('tell a document that moves where it came from', async () => {
    const places = await load();
    const [own, other] = [home('told'), away('told')];
    await commit(places, put('told', own));
    const effects = await places.resolve(put('told', other));
    expect(effects.map(({ movedFrom }) => movedFrom)).toEqual([undefined, own]);
  });

  it('are known to a new leader too', async () => {
    await commit(await load(), put('strays', away('strays')));
    const places = await load();
    expect(await commit(places, put('strays', home('strays')))).toEqual([
      `-${at('strays', away('strays'))}`,
      at('strays', home('strays')),
    ]);
  });

  it('count what the commit in hand has moved, which the log does not show yet', async () => {
    const places = await load();
    const [own, other] = [home('hasty'), away('hasty')];
    expect(await commit(places, put('hasty', own), put('hasty', other), remove('hasty'))).toEqual([
      at('hasty', own),
      `-${at('hasty', own)}`,
      at('hasty', other),
      `-${at('hasty', other)}`,
    ]);
  });

  it('lead a delete to wherever the document is, and home when it never was elsewhere', async () => {
    const places = await load();
    await commit(places, put('doomed', away('doomed')));
    expect(await commit(places, remove('doomed'))).toEqual([`-${at('doomed', away('doomed'))}`]);
    expect(await commit(places, remove('doomed'))).toEqual([]);
    expect(await commit(places, remove('never was'))).toEqual([`-${at('never was', home('never was'))}`]);
  });
});
