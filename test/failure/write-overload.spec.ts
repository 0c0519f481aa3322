import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { residentBytes } from '../cluster/metrics.ts';
import { until } from '../cluster/until.ts';

const MEGABYTE = 1024 ** 2;
const INTAKE_BYTES = 4 * MEGABYTE;
/** apps/frontend/src/admission: writes that one frontend has under way at most. */
const WRITES = 256;
const TEXT = 'flood '.repeat(10_000);

let cluster: Cluster;
/** Acknowledged documents, which must all be found in the end. */
let accepted = 0;

beforeAll(async () => {
  cluster = await startCluster({ env: { SHOAL_INTAKE_MAX_BYTES: String(INTAKE_BYTES) } });
  return () => cluster.stop();
});

it('sheds writes beyond the concurrency limit and stores the others', async () => {
  cluster.signal('nats-0', 'SIGSTOP');
  const statuses: number[] = [];
  const puts = Array.from({ length: WRITES + 40 }, async (_, at) => {
    const answer = await cluster.api.put(`many-${at}`, { title: `Many ${at}`, text: 'at once' });
    statuses.push(answer.status);
    return answer;
  });
  try {
    await until('the excess writes are answered', () => statuses.length === 40);
    expect((await cluster.api.fetch('/healthz')).status).toBe(200);
  } finally {
    cluster.signal('nats-0', 'SIGCONT');
  }
  const answers = await Promise.all(puts);
  const rejected = answers.filter(({ status }) => status === 503);
  expect(rejected.map(({ headers }) => headers.get('retry-after'))).toEqual(
    Array.from({ length: 40 }, () => expect.stringMatching(/^[12]$/) as string),
  );
  expect(rejected[0]?.body).toMatchObject({
    detail: expect.stringMatching(/nothing of this one was stored/) as string,
  });
  accepted += answers.filter(({ status }) => status === 202).length;
  expect(accepted).toBe(WRITES);
  await cluster.api.settled(accepted);
});

it('rejects writes and holds an upload back when INTAKE is full', async () => {
  const frontend = cluster.process('frontend-0');
  const before = residentBytes(frontend);
  cluster.signal('indexer-0', 'SIGSTOP');
  let offered = 0;
  let enough = false;
  const upload = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (enough || offered * TEXT.length > 200 * MEGABYTE) return controller.close();
      const document = { id: `bulk-${offered++}`, title: 'Bulk', text: TEXT };
      controller.enqueue(Buffer.from(`${JSON.stringify(document)}\n`));
    },
  });
  try {
    const { headers, body } = await until('INTAKE is full', async () => {
      const answer = await cluster.api.put(`single-${accepted}`, { title: 'Single', text: TEXT });
      if (answer.status === 202) accepted++;
      return answer.status === 503 && answer;
    });
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({ detail: expect.stringMatching(/nothing of this one was stored/) as string });

    const uploading = cluster.api.bulk(upload);
    let seen = -1;
    await until('the upload is held back', async () => {
      const waits = offered === seen && offered > 0;
      seen = offered;
      await delay(500);
      return waits;
    });
    expect(offered * TEXT.length).toBeLessThan(32 * MEGABYTE);
    expect(residentBytes(frontend)).toBeLessThan(before + 100 * MEGABYTE);

    enough = true;
    cluster.signal('indexer-0', 'SIGCONT');
    const { status, body: result } = await uploading;
    expect([status, result.accepted, result.rejected]).toEqual([200, offered, 0]);
  } finally {
    cluster.signal('indexer-0', 'SIGCONT');
  }
  await cluster.api.settled(accepted + offered);
});
