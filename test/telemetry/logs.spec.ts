import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { docsSubject, rootSubject, shardSubject } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { connectAs, natsAccess } from '../cluster/nats-access.ts';
import { until } from '../cluster/until.ts';

/** In every text and key that this spec sends, good or bad. */
const MARK = 'tellnobody';
const KEY = `the-right-key-${MARK}`;

/** What breaks parsers, escapes and formats. */
const ODD = [
  `${MARK} "quoted" \\ {}`,
  `${MARK}\n[INF] \u2028 %s %o`,
  `{"msg":"${MARK}"}`,
  `'${MARK}' \u0000 \ud83d\ude00`,
];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ env: { SHOAL_API_KEYS: KEY, LOG_LEVEL: 'trace' } });
  return () => cluster.stop();
});

function logs(): { name: string; text: string }[] {
  const folder = path.join(cluster.data, 'logs');
  return readdirSync(folder).map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
}

async function sendOddRequests(): Promise<void> {
  const { api } = cluster;
  const put = (body: string, key: string) =>
    api.fetch(`/api/documents/odd`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body,
    });
  for (const text of ODD) {
    await api.fetch(`/api/search?${new URLSearchParams({ q: text, routing: text }).toString()}`);
    await api.fetch(`/api/search?q=${MARK}&size=${MARK}&${MARK}=1`);
    await api.fetch(`/api/suggest?${new URLSearchParams({ q: text }).toString()}`);
    for (const key of [KEY, `wrong-${MARK}`]) {
      await put(JSON.stringify({ title: text, text }), key);
      await put(`{"title": ${text}`, key);
      await api.fetch(`/api/documents`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', 'x-api-key': key },
        body: `{"id":"odd","title":${JSON.stringify(text)},"text":"${MARK}"}\n{"id": ${MARK}\n`,
      });
    }
  }
}

/** What no process of ours sends, but whoever has a password might: each makes its reader fail. */
async function sendDamagedMessages(): Promise<void> {
  const nats = await connectAs(cluster, 'operator');
  for (const text of ODD) {
    nats.publish(rootSubject.query('root-0'), text);
    nats.publish(shardSubject.query('shard-0'), text);
    nats.publish(docsSubject.document(0, 'b2Rk'), text);
  }
  await nats.flush();
  await nats.close();
}

describe('the logs of a cluster', () => {
  it('hold no text that was sent, no key and no password, whatever was sent', async () => {
    await sendOddRequests();
    await sendDamagedMessages();
    await until('the damaged messages have been met', () =>
      ['root-0', 'shard-0'].every((name) => /is not (valid )?JSON/.test(cluster.log(name))),
    );
    const secrets = [MARK, ...Object.values(natsAccess(cluster).passwords)];
    for (const { name, text } of logs())
      expect([name, secrets.filter((secret) => text.includes(secret))]).toEqual([name, []]);
  });

  it('are lines of JSON with time, level, source and text, except those of nats-server', async () => {
    await cluster.restarted('root-0');
    for (const { text } of logs().filter(({ name }) => !name.startsWith('nats-0')))
      for (const line of text.split('\n').slice(0, -1))
        expect(JSON.parse(line)).toMatchObject({
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
          level: expect.stringMatching(/^(trace|debug|info|warn|error|fatal)$/) as string,
          'service.name': expect.any(String) as string,
          msg: expect.any(String) as string,
        });
  });
});
