import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { isAlive } from '../cluster/running-cluster.ts';
import { valueOf } from '../cluster/metrics.ts';
import { Prometheus } from '../cluster/prometheus.ts';
import { until } from '../cluster/until.ts';
import { canObserve } from '../cluster/watchers.ts';

describe.skipIf(!canObserve)('a run with --observe, if Jaeger, collector and Prometheus are there', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ observe: true });
  });
  afterAll(() => cluster.stop());

  const urlOf = (name: string): Promise<string> =>
    until(`${name} is healthy`, () => cluster.process(name).url);
  const targets = async () => new Prometheus(await urlOf('prometheus')).targets();

  it('prints the addresses of Jaeger and Prometheus', async () => {
    expect(cluster.output).toContain(`traces       ${await urlOf('jaeger')} `);
    expect(cluster.output).toContain(`metrics      ${await urlOf('prometheus')} `);
    expect((await cluster.api.cluster()).jaeger).toBe(await urlOf('jaeger'));
  });

  it('scrapes every process and the span metrics', async () => {
    const expected = cluster.processes.filter(({ name, role }) => role !== 'nats' && name !== 'jaeger');
    expect(expected.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['sidecar', 'shard-0', 'frontend-0']),
    );
    await until('all targets are up', async () => {
      const all = await targets();
      return all.length === expected.length + 1 && all.every(({ health }) => health === 'up');
    });
    const instances = (await targets()).map(({ labels }) => labels.instance);
    expect(instances).toEqual(expect.arrayContaining(expected.map(({ name }) => name)));
  });

  it('exports metrics of nats-server by an adapter', async () => {
    await until(
      'the server is up',
      async () => (await valueOf(cluster.process('nats-adapter-0'), 'nats_up')) === 1,
    );
    expect(await valueOf(cluster.process('nats-adapter-0'), 'nats_connections', { user: 'shard' })).toBe(1);
  });

  it('collects the logs of every process in the gateway', async () => {
    const file = path.join(cluster.data, 'observe/gateway/logs.jsonl');
    const ours = cluster.processes.filter(({ role }) => role !== 'nats' && role !== 'telemetry');
    const heard = () => {
      const lines = readFileSync(file, 'utf8');
      return ours.filter(({ name }) => lines.includes(`{"stringValue":"${name}"}`));
    };
    await until('the gateway has lines of all of them', () => heard().length === ours.length);
    expect(ours.map(({ role }) => role)).toContain('nats-adapter');
  });

  it('scrapes a process at its new address when it restarts', async () => {
    const before = cluster.process('shard-0').url;
    await cluster.restarted('shard-0');
    const { url } = cluster.process('shard-0');
    expect(url).not.toBe(before);
    await until('it is read at its new address', async () =>
      (await targets()).some(
        ({ labels, health, scrapeUrl }) =>
          labels.instance === 'shard-0' && scrapeUrl.startsWith(`${url}/`) && health === 'up',
      ),
    );
    await until('it is searched again', async () => (await cluster.api.search('fish')).hits);
  });

  it('serves searches while a telemetry process is killed and restarted', async () => {
    for (const name of ['jaeger', 'gateway', 'sidecar', 'prometheus']) {
      await cluster.restarted(name);
      expect((await cluster.api.fetch('/api/search?q=fish')).status).toBe(200);
      const page = `${cluster.process(name).url}/${name === 'jaeger' ? '' : 'metrics'}`;
      await until(`${name} answers again`, async () => (await fetch(page)).ok);
    }
  });

  it('ends all telemetry processes with the cluster', async () => {
    const { processes } = cluster;
    expect(processes.filter(({ role }) => role === 'telemetry')).toHaveLength(4);
    await cluster.stop();
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });
});
