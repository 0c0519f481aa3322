import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findProgram, toolsFolder } from '../../deploy/local/src/observe/programs.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../cluster/cluster.ts';
import { until } from '../cluster/until.ts';

const DOCUMENTS = 300;
const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/backup.md'), 'utf8');

/** The commands of a section of docs/backup.md; where there are some for each place, those for the local run, which come first. */
function commands(heading: string, blocks: number): string {
  const [section] = page.split(`\n## ${heading}\n`)[1]!.split('\n## ');
  const all = [...section!.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!);
  return all.slice(0, blocks).join('');
}
const OPERATOR = commands('The operator', 1);
const BACK_UP = OPERATOR + commands('Back up', 1);
const RESTORE = OPERATOR + commands('Restore', 2);

/** A folder to back up into. */
function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs commands of the page in a folder whose `.shoal` holds the cluster's data. */
async function run(script: string, folder: string, cluster: Cluster): Promise<void> {
  const data = path.join(folder, '.shoal');
  symlinkSync(cluster.data, data);
  const env = { ...process.env, PATH: `${process.env.PATH}:${toolsFolder()}` };
  await promisify(execFile)('bash', ['-euc', script], { cwd: folder, env });
  rmSync(data);
}

/** Resolves when the processes that the commands end are there again. */
async function restore(folder: string, cluster: Cluster): Promise<void> {
  const before = cluster.processes.filter(({ role }) => role === 'indexer' || role === 'shard');
  await run(RESTORE, folder, cluster);
  for (const { name, pid } of before) {
    await until(`${name} is ready again`, async () => {
      const now = cluster.process(name);
      return now.pid !== pid && now.url !== undefined && (await fetch(`${now.url}/readyz`)).ok;
    });
  }
}

async function start(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  onTestFinished(() => cluster.stop());
  return cluster;
}

async function writeAll(cluster: Cluster): Promise<void> {
  const lines = Array.from({ length: DOCUMENTS }, (_, at) =>
    JSON.stringify({ id: `d${at}`, title: `Title ${at}`, text: 'kept' }),
  );
  await cluster.api.bulk(lines.join('\n'));
  await cluster.api.settled(DOCUMENTS);
}

/** Not sent again once it is accepted: then it must be found. */
async function write(cluster: Cluster, id: string): Promise<void> {
  const document = { title: id, text: 'kept' };
  await until(`${id} is accepted`, async () => (await cluster.api.put(id, document)).status === 202);
}

/** All that was backed up is found, nothing that came later, and writes are taken as before. */
async function expectRestored(cluster: Cluster): Promise<void> {
  await cluster.api.settled(DOCUMENTS);
  const { total } = await cluster.api.search('kept', { size: 1 });
  expect(total.value).toBe(DOCUMENTS);
  expect((await cluster.api.get('d7')).body).toMatchObject({ title: 'Title 7' });
  expect((await cluster.api.get('later')).status).toBe(404);

  for (const id of ['new', 'newer', 'd7']) await write(cluster, id);
  expect((await cluster.api.delete('d8')).status).toBe(202);
  await cluster.api.settled(DOCUMENTS + 1);
  expect((await cluster.api.get('d7')).body).toMatchObject({ title: 'd7' });
  expect(await cluster.api.found('new newer', { size: 2 })).toEqual(expect.arrayContaining(['new', 'newer']));
}

describe.skipIf(!findProgram('nats') || !findProgram('jq'))(
  'a backup, by the commands of docs/backup.md (skipped without nats or jq)',
  { timeout: 180_000 },
  () => {
    it('restores into another cluster with other shards', async () => {
      const folder = newFolder();
      const lost = await start({ indexers: 2 });
      await writeAll(lost);
      await run(BACK_UP, folder, lost);
      await lost.stop();

      const cluster = await start({ shards: 2, members: 2, indexers: 2 });
      await write(cluster, 'later');
      await cluster.api.settled(1);
      await restore(folder, cluster);
      await expectRestored(cluster);
    });

    it('restores an older state of the same cluster', async () => {
      const folder = newFolder();
      const cluster = await start({ shards: 2, members: 2, indexers: 2 });
      await writeAll(cluster);
      await run(BACK_UP, folder, cluster);
      for (const id of ['later', 'd7', 'd9']) await write(cluster, id);
      await cluster.api.settled(DOCUMENTS + 1);
      await restore(folder, cluster);
      await expectRestored(cluster);
    });
  },
);
