import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { Prometheus } from '../cluster/prometheus.ts';
import { until } from '../cluster/until.ts';
import { canObserve } from '../cluster/watchers.ts';

interface RuleGroup {
  rules: { name: string; type: 'alerting' | 'recording'; health: string; lastEvaluation: string }[];
}
interface Alert {
  labels: Record<string, string>;
  state: 'pending' | 'firing';
}

/** Some of the rules are evaluated twice a minute. */
const EVALUATED_MS = 90_000;

describe.skipIf(!canObserve)('the alerts of a run with --observe, if Prometheus is there', () => {
  let cluster: Cluster;
  let prometheus: Prometheus;
  beforeAll(async () => {
    cluster = await startCluster({ observe: true });
    const url = await until('Prometheus is healthy', () => cluster.process('prometheus').url);
    prometheus = new Prometheus(url);
  });
  afterAll(() => cluster.stop());

  const alerts = async () => (await prometheus.get<{ alerts: Alert[] }>('alerts')).alerts;
  const rules = async () =>
    (await prometheus.get<{ groups: RuleGroup[] }>('rules')).groups.flatMap((group) => group.rules);
  /** Undefined before the first evaluation, NaN before the first request. */
  const burn = async (slo: string) => (await prometheus.query(`slo:burn:rate5m{slo="${slo}"}`))[0]?.value;

  it(
    'do not fire when the cluster is healthy',
    async () => {
      await until('Prometheus reads every process', async () => {
        const targets = await prometheus.targets();
        return targets.length > 6 && targets.every(({ health }) => health === 'up');
      });
      const since = Date.now();
      await until(
        'all rules have been evaluated since',
        async () => (await rules()).every(({ lastEvaluation }) => Date.parse(lastEvaluation) > since),
        EVALUATED_MS,
      );
      expect((await rules()).filter(({ health }) => health !== 'ok')).toEqual([]);
      expect((await rules()).map(({ name }) => name)).toContain('NoLeader');
      // A pending alert may be caused by the machine: the event loops share two cores with other tests.
      const told = (await alerts()).filter(
        ({ labels, state }) => state === 'firing' || labels.severity === 'page',
      );
      expect(told).toEqual([]);
    },
    2 * EVALUATED_MS,
  );

  it(
    'have error budgets without burn when requests succeed',
    async () => {
      for (const slo of ['search-errors', 'search-coverage', 'write-errors']) {
        const rate = await until(
          `${slo} is measured`,
          async () => {
            // A search that fails on a busy machine would count for five minutes.
            await cluster.api.search('fish', { timeoutMs: 5_000 });
            await cluster.api.put('1', { title: 'fish', text: 'a fish swims' });
            const measured = await burn(slo);
            return Number.isFinite(measured) && measured;
          },
          EVALUATED_MS,
        );
        expect(rate).toBe(0);
      }
    },
    3 * EVALUATED_MS,
  );

  it(
    'fire when a leader and a shard hang, then resolve',
    async () => {
      const expected = ['NoLeader', 'ShardWithoutReplica'];
      const told = async () =>
        (await alerts()).map(({ labels }) => labels.alertname!).filter((name) => expected.includes(name));
      await cluster.whilePaused(['indexer-0', 'shard-0'], () =>
        until('both are told of', async () => (await told()).length === 2, EVALUATED_MS),
      );
      await until('neither is told of any more', async () => (await told()).length === 0, EVALUATED_MS);
    },
    2 * EVALUATED_MS,
  );
});
