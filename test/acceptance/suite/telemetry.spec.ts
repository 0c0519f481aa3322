import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Jaeger } from '../../cluster/jaeger.ts';
import { beginTrace, settled, Trace } from '../../cluster/otlp-traces.ts';
import { Prometheus } from '../../cluster/prometheus.ts';
import { until } from '../../cluster/until.ts';
import { WATCHERS } from '../target.ts';
import { api, watcherUrl } from './running.ts';

/** Prometheus reads every five seconds; a process that crashed just now may still be starting. */
const SCRAPED_MS = 60_000;
/** How long a trace may take through sidecar and gateway, which decides 12 s after its first span. */
const ARRIVES_MS = 30_000;

const [prometheusUrl, jaegerUrl, grafanaUrl] = WATCHERS.map(watcherUrl);

describe.skipIf(!prometheusUrl)('metrics, where Prometheus is deployed', () => {
  const prometheus = new Prometheus(prometheusUrl!);

  it('are read from every process', async () => {
    const { members } = await api.cluster();
    await until(
      'all are up',
      async () => {
        const up = await prometheus.query('up{job=~"frontend|root|shard|indexer"}');
        const jobs = new Set(up.map(({ labels }) => labels.job));
        const shards = up.filter(({ labels }) => labels.job === 'shard');
        return jobs.size === 4 && shards.length === members.length && up.every(({ value }) => value === 1);
      },
      SCRAPED_MS,
    );
    expect(await prometheus.query('up{job=~"frontend|root|shard|indexer"} == 0')).toEqual([]);
  });

  it('count a search', async () => {
    const searches = 'sum(http_server_request_duration_seconds_count{http_route="/api/search"})';
    const count = async () => (await prometheus.query(searches))[0]?.value ?? 0;
    const before = await count();
    const after = await until(
      'the count has grown',
      async () => {
        await api.search('fish');
        const now = await count();
        return now > before && now;
      },
      SCRAPED_MS,
    );
    expect(after).toBeGreaterThan(before);
  });
});

describe.skipIf(!jaegerUrl)('traces, where Jaeger is deployed', () => {
  it('are where the page leads to', async () => {
    expect((await api.cluster()).jaeger).toBe(jaegerUrl);
  });

  it('show a search from the edge to every shard', async () => {
    const { shards } = await api.cluster();
    const { traceId, headers } = beginTrace();
    expect((await api.fetch('/api/search?q=fish+trace', { headers })).status).toBe(200);
    const read = () => new Jaeger(jaegerUrl!).spansOf(traceId);
    // Each hop sends in its own time, an Envoy every five seconds.
    await until('its first span is there', async () => new Trace(await read()).roots.length > 0, ARRIVES_MS);
    const trace = await settled(traceId, read, ARRIVES_MS);
    expect(trace.roots).toHaveLength(1);
    expect(trace.orphans).toEqual([]);
    expect(trace.named('root search').length).toBeGreaterThanOrEqual(1);
    expect(trace.named('shard search').length).toBeGreaterThanOrEqual(shards.length);
  });
});

const DASHBOARDS = path.resolve(import.meta.dirname, '../../../deploy/observability/grafana/dashboards');

describe.skipIf(!grafanaUrl)('dashboards, where Grafana is deployed', () => {
  it.each(readdirSync(DASHBOARDS))('%s is provisioned', async (file) => {
    const { uid, title } = JSON.parse(readFileSync(path.join(DASHBOARDS, file), 'utf8')) as Titled;
    const response = await fetch(`${grafanaUrl}/api/dashboards/uid/${uid}`);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { dashboard: Titled }).dashboard).toMatchObject({ uid, title });
  });
});

interface Titled {
  uid: string;
  title: string;
}
