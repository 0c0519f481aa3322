import { spawnSync } from 'node:child_process';
import { FAULT_NAMES } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { METRICS as NATS_METRICS } from '../../apps/nats-adapter/src/metrics.ts';
import { findProgram } from '../../deploy/local/src/observe/programs.ts';
import { describeMetrics, metricsPage, referenceFile } from '../borders/reference.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import type { ClusterProcess } from '../cluster/running-cluster.ts';
import { type Metric, parseMetrics, scrape } from '../cluster/exposition.ts';
import { valueOf } from '../cluster/metrics.ts';
import { fuzzRequests } from '../cluster/fuzz-requests.ts';
import { beginTrace } from '../cluster/otlp-traces.ts';
import { until } from '../cluster/until.ts';

const PARTITIONS = 8;
/** Larger than the answer of any process here would be if each name that clients send were a label. */
const MOST_BYTES = 100_000;

/** What each label may say; those of Node's own metrics among them. */
const LABELS: Record<string, (value: string) => boolean> = {
  http_request_method: oneOf('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', '_OTHER'),
  http_route: (value) => value === 'none' || ROUTES.test(value),
  status_class: oneOf('2xx', '3xx', '4xx', '5xx', 'aborted'),
  traffic: oneOf('search', 'read', 'write', 'bulk'),
  cache: oneOf('hit', 'joined', 'miss'),
  operation: oneOf('put', 'delete'),
  granted: oneOf('true', 'false'),
  status: oneOf('200', '413', '503'),
  outcome: oneOf('answered', 'timedOut', 'failed', 'sent', 'queue_full'),
  reason: oneOf('not-ready', 'behind', 'wrong-epoch', 'wrong-shard', 'busy', 'unknown-version'),
  state: oneOf('starting', 'spare', 'replaying', 'ready', 'draining'),
  kind: oneOf('search', 'suggest', 'fetch', 'major', 'minor', 'incremental', 'weakcb'),
  shard: oneOf('0', '1', 'none'),
  partition: oneOf(...Array.from({ length: PARTITIONS }, (_, partition) => String(partition))),
  fault: oneOf(...FAULT_NAMES),
  message: (value) => /^[a-z ']{1,30}$/.test(value),
  le: (value) => value === '+Inf' || Number(value) > 0,
  type: (value) => /^\w{1,40}$/.test(value),
  space: (value) => /^\w{1,40}$/.test(value),
  version: (value) => /^v[\d.]+$/.test(value),
  major: (value) => /^\d+$/.test(value),
  minor: (value) => /^\d+$/.test(value),
  patch: (value) => /^\d+$/.test(value),
};
const ROUTES =
  /^\/(api\/(search|suggest|documents|documents\/:id|cluster|faults|faults\/:name|openapi\.json|docs[\w/*.-]*)|healthz|readyz|metrics|cluster|faults|\*)?$/;
const MOST_VALUES = 30;

function oneOf(...values: string[]): (value: string) => boolean {
  return (value) => values.includes(value);
}

type Scraped = ClusterProcess & {
  role: Exclude<ClusterProcess['role'], 'nats'>;
  text: string;
  metrics: Map<string, Metric>;
};

let cluster: Cluster;
let scraped: Scraped[];

beforeAll(async () => {
  cluster = await startCluster({
    shards: 2,
    replicas: 1,
    members: 3,
    indexers: 2,
    partitions: PARTITIONS,
    faults: 'on',
    env: { SHOAL_RATE_LIMIT: '100000' },
  });
  await fuzzRequests(cluster);
  const all = cluster.processes.filter(({ role }) => role !== 'nats');
  scraped = await Promise.all(
    all.map(async (process) => {
      const text = await scrape(process);
      return { ...process, text, metrics: parseMetrics(text) } as Scraped;
    }),
  );
  return () => cluster.stop();
});

const names = () =>
  scraped.flatMap(({ name, metrics }) => [...metrics].map(([metric]) => `${name} ${metric}`));

/** How many series of a metric each process of a role has. */
const seriesOf = (role: string, name: string) =>
  scraped.filter((process) => process.role === role).map(({ metrics }) => metrics.get(name)?.samples.length);

describe('the metrics of every process, after odd requests', () => {
  it('are there', () => {
    expect(names().length).toBeGreaterThan(scraped.length * 30);
  });

  it('have only labels whose values are known beforehand', () => {
    const wrong = new Set<string>();
    for (const { metrics } of scraped)
      for (const { samples } of metrics.values())
        for (const { name, labels } of samples)
          for (const [label, value] of Object.entries(labels))
            if (!LABELS[label]?.(value)) wrong.add(`${name}{${label}="${value}"}`);
    expect([...wrong]).toEqual([]);
  });

  it('are there before their first event, with all their labels', () => {
    expect(seriesOf('indexer', 'shoal_indexer_sequenced_total')).toEqual([PARTITIONS, PARTITIONS]);
    expect(seriesOf('root', 'shoal_root_retries_total')).toEqual([2]);
    expect(seriesOf('frontend', 'shoal_search_retries_total')).toEqual([2]);
  });

  it('have few values of each label, and few samples in all', () => {
    const large = scraped.filter(({ text }) => text.length > MOST_BYTES).map(({ name }) => name);
    const many = scraped.flatMap(({ name, metrics }) =>
      [...metrics].flatMap(([metric, { samples }]) => {
        const labels = [...new Set(samples.flatMap((sample) => Object.keys(sample.labels)))];
        const valuesOf = (label: string) => new Set(samples.map((sample) => sample.labels[label]));
        return labels
          .filter((label) => valuesOf(label).size > MOST_VALUES)
          .map((label) => `${name} ${metric} ${label}`);
      }),
    );
    expect([large, many]).toEqual([[], []]);
  });

  it.skipIf(!findProgram('promtool'))(
    'are named and explained as Prometheus asks for (promtool check metrics)',
    () => {
      for (const { name, text } of scraped) {
        const { status, stderr } = spawnSync(findProgram('promtool')!, ['check', 'metrics'], {
          input: text,
          encoding: 'utf8',
        });
        expect([name, status, stderr]).toEqual([name, 0, '']);
      }
    },
  );

  it('are explained, each of them', () => {
    const unexplained = scraped.flatMap(({ metrics }) =>
      [...metrics].filter(([, { help, type }]) => !help || !type).map(([name]) => name),
    );
    expect(unexplained).toEqual([]);
  });
});

it('matches docs/reference/metrics.md when it is up to date', async () => {
  const roles = new Map(
    (['frontend', 'root', 'shard', 'indexer'] as const).map((role) => [
      role as string,
      describeMetrics(scraped.filter((process) => process.role === role).map(({ metrics }) => metrics)),
    ]),
  );
  roles.set('nats-adapter', NATS_METRICS);
  await expect(await metricsPage(roles)).toMatchFileSnapshot(referenceFile('metrics'));
});

/** Searches in a trace that a client begins, and returns its id. */
async function searchInTrace(sampled: boolean): Promise<string> {
  const { traceId, headers } = beginTrace(sampled);
  const { status } = await cluster.api.fetch(`/api/search?q=odd+${traceId}`, { headers });
  expect(status).toBe(200);
  return traceId;
}

/** The histograms, of all processes, that name a trace. */
async function histogramsWith(trace: string): Promise<Set<string>> {
  const texts = await Promise.all(scraped.map((process) => scrape(process, 'application/openmetrics-text')));
  const lines = texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes(`trace_id="${trace}"`));
  return new Set(lines.map((line) => line.slice(0, line.indexOf('_bucket'))));
}

describe('exemplars', () => {
  it('lead from every step of a search to its trace, when it is recorded', async () => {
    const traceId = await searchInTrace(true);
    const steps = [
      'http_server_request_duration_seconds',
      'shoal_search_duration_seconds',
      'shoal_root_request_duration_seconds',
      'shoal_root_leg_duration_seconds',
      'shoal_shard_query_duration_seconds',
    ];
    expect(await histogramsWith(traceId)).toEqual(new Set(steps));
  });

  it('do not name a trace that is not sampled', async () => {
    expect(await histogramsWith(await searchInTrace(false))).toEqual(new Set());
  });
});

describe('what happens shows in the metrics:', () => {
  it('one owner, with the token of the topology and a lease that is young', async () => {
    const { leader, fencingToken } = await cluster.api.cluster();
    const indexers = cluster.processes.filter(({ role }) => role === 'indexer');
    const owning = await Promise.all(indexers.map((indexer) => valueOf(indexer, 'shoal_indexer_leader')));
    expect(indexers.filter((_, at) => owning[at] === 1).map(({ name }) => name)).toEqual([leader]);
    const owner = cluster.process(leader!);
    expect(await valueOf(owner, 'shoal_indexer_fencing_token')).toBe(fencingToken);
    expect(await valueOf(owner, 'shoal_indexer_lease_remaining_seconds')).toBeGreaterThan(0);
    expect(await valueOf(owner, 'shoal_indexer_lease_age_seconds')).toBeGreaterThan(0);
  });

  it('what was written while a replica stood still, and that it has caught up', async () => {
    const { shards } = await cluster.api.cluster();
    const member = cluster.process(shards[0]!.replicas[0]!.member);
    const applied = () => valueOf(member, 'shoal_shard_applied_sequence');
    const before = await applied();
    await cluster.whilePaused([member.name], async () => {
      const lines = Array.from(
        { length: 500 },
        (_, at) => `{"id":"late ${at}","title":"late","text":"late"}`,
      );
      expect((await cluster.api.bulk(lines.join('\n'))).body.accepted).toBe(500);
      const indexer = cluster.process('indexer-0');
      await until('it is in the log', async () => {
        const end = await valueOf(indexer, 'shoal_docs_last_sequence');
        return end >= before + 500 && (await valueOf(indexer, 'shoal_intake_messages')) === 0;
      });
    });
    await until('it is level', async () => {
      return (await applied()) > before && (await valueOf(member, 'shoal_shard_lag_records')) === 0;
    });
  });

  it('a partition that is searched by its routing is hotter than the others', async () => {
    const { shards } = await cluster.api.cluster();
    const heats = async () => {
      const members = shards.flatMap(({ replicas }) => replicas.map(({ member }) => cluster.process(member)));
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => String(partition));
      return Promise.all(
        partitions.map(async (partition) => {
          const counts = members.map((member) =>
            valueOf(member, 'shoal_shard_partition_queries_total', { partition }),
          );
          return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
        }),
      );
    };
    const before = await heats();
    for (let at = 0; at < 20; at++) await cluster.api.search(`heat ${at}`, { routing: 'one place' });
    const grown = (await heats()).map((count, partition) => count - before[partition]!);
    const [hottest, ...others] = grown.toSorted((a, b) => b - a);
    // Who takes long is asked once more.
    expect(hottest).toBeGreaterThanOrEqual(20);
    expect(hottest).toBeLessThan(40);
    expect(others).toEqual(others.map(() => 0));
  });

  it('a broker that was away', async () => {
    const frontend = cluster.process('frontend-0');
    expect(await valueOf(frontend, 'shoal_nats_connected')).toBe(1);
    // Nobody starts it again before that is seen.
    cluster.supervisor.kill('SIGSTOP');
    try {
      cluster.signal('nats-0', 'SIGKILL');
      await until('it is lost', async () => (await valueOf(frontend, 'shoal_nats_connected')) === 0);
    } finally {
      cluster.supervisor.kill('SIGCONT');
    }
    await until('it is back', async () => (await valueOf(frontend, 'shoal_nats_connected')) === 1);
    expect(await valueOf(frontend, 'shoal_nats_reconnects_total')).toBe(1);
  });
});
