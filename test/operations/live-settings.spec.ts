import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { valueOf } from '../cluster/metrics.ts';
import { until } from '../cluster/until.ts';

const CONFIG_SYNC = path.resolve(import.meta.dirname, '../../apps/config-sync/dist/main.js');
const LIMIT = 3;

const succeeded = (url: string) => valueOf({ name: 'it', url }, 'shoal_live_settings_last_reload_successful');

describe('settings that change while the cluster runs, by config-sync', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-settings-'));
  const source = path.join(folder, 'config', 'settings.json');
  const target = path.join(folder, 'settings.json');
  let version = 0;
  let cluster: Cluster;
  let sync: ChildProcess;
  let syncUrl: string;
  let syncLog = '';

  /** As Kubernetes puts a ConfigMap into a volume: a new folder, then the link to it in one step. */
  function put(text: string): void {
    const config = path.dirname(source);
    version++;
    mkdirSync(path.join(config, `..${version}`), { recursive: true });
    writeFileSync(path.join(config, `..${version}`, 'settings.json'), text);
    symlinkSync(`..${version}`, path.join(config, '..data_tmp'));
    renameSync(path.join(config, '..data_tmp'), path.join(config, '..data'));
    if (version === 1) symlinkSync('..data/settings.json', source);
  }

  beforeAll(async () => {
    put('{}');
    sync = spawn(process.execPath, [CONFIG_SYNC], {
      env: { ...process.env, SHOAL_LIVE_SETTINGS: source, SHOAL_SETTINGS_TARGET: target },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    sync.stdout!.on('data', (chunk: Buffer) => (syncLog += chunk.toString()));
    syncUrl = await until('config-sync listens', () => /listening on (http:[^"]+)/.exec(syncLog)?.[1]);
    cluster = await startCluster({ env: { SHOAL_LIVE_SETTINGS: target } });
  });
  afterAll(async () => {
    await cluster?.stop();
    sync?.kill();
    if (sync) await once(sync, 'exit');
    rmSync(folder, { recursive: true });
  });

  const pids = () => cluster.processes.map(({ pid }) => pid);
  /** Returns how many of twice as many requests as the limit are admitted. */
  async function admitted(): Promise<number> {
    const answers = await Promise.all(
      Array.from({ length: 2 * LIMIT }, () => fetch(`${cluster.url}/api/cluster`)),
    );
    return answers.filter(({ status }) => status === 200).length;
  }

  it('apply a rate limit and a log level without a restart', async () => {
    const before = pids();
    expect(await admitted()).toBe(2 * LIMIT);
    put(JSON.stringify({ SHOAL_RATE_LIMIT: LIMIT, LOG_LEVEL: 'debug' }));
    await until('the limit holds', async () => (await admitted()) < 2 * LIMIT);
    for (const name of ['frontend-0', 'root-0', 'shard-0', 'indexer-0'])
      await until(`the log of ${name} says so`, () =>
        /"msg":"by .* now holds .*debug/.test(cluster.log(name)),
      );
    expect(pids()).toEqual(before);
  });

  it('stay in force when config-sync rejects invalid ones', async () => {
    put(JSON.stringify({ SHOAL_RATE_LIMIT: -1 }));
    await until('it is rejected', async () => (await succeeded(syncUrl)) === 0);
    await until('its log says so', () => /"level":"error".*is rejected.*SHOAL_RATE_LIMIT/.test(syncLog));
    expect(await succeeded(cluster.process('root-0').url!)).toBe(1);
    await until('the limit holds', async () => (await admitted()) < 2 * LIMIT);
  });

  it('are the last valid ones when a process starts', async () => {
    await cluster.restarted('frontend-0');
    expect(await succeeded(syncUrl)).toBe(0);
    await until('the limit holds', async () => (await admitted()) < 2 * LIMIT);
  });

  it('end the rate limit when it is removed', async () => {
    put('{}');
    await until('all are let in', async () => (await admitted()) === 2 * LIMIT);
    expect(await succeeded(syncUrl)).toBe(1);
  });
});
