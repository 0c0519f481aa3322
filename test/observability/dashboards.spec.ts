import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { Prometheus } from '../cluster/prometheus.ts';
import { until } from '../cluster/until.ts';
import { BackgroundClients } from '../cluster/background-clients.ts';
import { canObserve } from '../cluster/watchers.ts';

interface Dashboard {
  title: string;
  panels: { title: string; targets?: { expr: string; exemplar?: boolean }[] }[];
}

const FOLDER = path.resolve(import.meta.dirname, '../../deploy/observability/grafana/dashboards');
/** Some numbers take two scrapes, or are computed twice a minute. */
const WITHIN_MS = 60_000;
/** Values of Grafana's variables: an interval of four scrapes, and all choices. */
const VARIABLES = { $__rate_interval: '20s', $shard: '.*' };

const dashboards = readdirSync(FOLDER).map(
  (file) => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Dashboard,
);

/** The queries of all panels, each with the name of its panel. */
const queriesOf = ({ panels }: Dashboard) =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, exemplar = false }) => ({
      exemplar,
      panel: title,
      query: Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr),
    })),
  );

describe.skipIf(!canObserve)(
  'every query of the dashboards, if Prometheus, Jaeger and collector are there',
  () => {
    let cluster: Cluster;
    let prometheus: Prometheus;
    beforeAll(async () => {
      cluster = await startCluster({
        observe: true,
        shards: 2,
        indexers: 2,
        // The metric of the rate limit is there when there is one.
        env: { SHOAL_RATE_LIMIT: '100000' },
      });
      const visitors = new BackgroundClients(cluster.url, 'dashboard', 5_000, 'visitor');
      return async () => {
        await visitors.stop();
        await cluster.stop();
      };
    });
    beforeAll(async () => {
      const url = await until('Prometheus is healthy', () => cluster.process('prometheus').url);
      prometheus = new Prometheus(url);
    });

    const tracesOf = async (query: string): Promise<string[]> => {
      const now = Date.now() / 1000;
      const series = await prometheus.get<{ exemplars: { labels: { trace_id: string } }[] }[]>(
        'query_exemplars',
        { query, start: String(now - 600), end: String(now) },
      );
      return series.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
    };

    it.each(dashboards)(
      'shows numbers in $title',
      async (dashboard) => {
        const queries = queriesOf(dashboard);
        expect(queries.length).toBeGreaterThan(0);
        for (const { panel, query } of queries)
          // A series that nothing happened to lately may have none: 0 of 0.
          await until(
            `"${panel}" shows a number: ${query}`,
            async () => (await prometheus.query(query)).some(({ value }) => Number.isFinite(value)),
            WITHIN_MS,
          );
      },
      120_000,
    );

    it.each(dashboards.filter((dashboard) => queriesOf(dashboard).some(({ exemplar }) => exemplar)))(
      'links traces in $title',
      async (dashboard) => {
        for (const { panel, query } of queriesOf(dashboard).filter(({ exemplar }) => exemplar)) {
          const trace = await until(`"${panel}" has a trace: ${query}`, async () =>
            (await tracesOf(query)).at(-1),
          );
          expect(trace).toMatch(/^[0-9a-f]{32}$/);
        }
      },
    );
  },
);
