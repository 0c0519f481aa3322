import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentedMetricNames } from '../../../test/cluster/documented-metrics.ts';
import { metricsIn } from '../../../test/cluster/documented-metrics.ts';
import { files, FOLDER } from './index.js';

interface Panel {
  id: number;
  type: string;
  title: string;
  description: string;
  datasource: { uid: string };
  fieldConfig: { defaults: { unit: string } };
  targets: { expr: string; refId: string; exemplar?: boolean }[];
  gridPos: { x: number; y: number; w: number; h: number };
}

const dashboards = [...files()].map(([file, text]) => ({
  file,
  ...(JSON.parse(text) as { uid: string; title: string; panels: Panel[] }),
}));
const panels = dashboards.flatMap(({ panels }) => panels.filter(({ type }) => type !== 'row'));
const read = (file: string): string => readFileSync(path.resolve(FOLDER, file), 'utf8');
const sources = read('../provisioning/datasources/shoal.yaml');

describe('the dashboards', () => {
  it('equal the committed files of npm run dashboards', () => {
    const written = readdirSync(FOLDER).map((name): [string, string] => [name, read(name)]);
    expect(new Map(written)).toEqual(files());
  });

  it('have a unique uid, which is the file name', () => {
    expect(dashboards.map(({ file }) => file)).toEqual(dashboards.map(({ uid }) => `${uid}.json`));
    expect(new Set(dashboards.map(({ title }) => title)).size).toBe(dashboards.length);
  });

  it('have panels with unique ids that do not overlap', () => {
    for (const { title, panels } of dashboards) {
      expect([title, new Set(panels.map(({ id }) => id)).size]).toEqual([title, panels.length]);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
      );
      expect([title, new Set(cells).size]).toEqual([title, cells.length]);
      expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    }
  });
});

describe('the data sources', () => {
  it('link an exemplar to Jaeger', () => {
    expect(sources).toContain('    uid: jaeger\n');
    expect(sources).toContain('datasourceUid: jaeger\n');
  });

  it('set the scrape interval for $__rate_interval', () => {
    const [, every] = /scrape_interval: (\S+)/.exec(read('../../prometheus.yml')) ?? [];
    expect(sources).toContain(`timeInterval: ${every}\n`);
  });
});

describe('each panel', () => {
  it('has a title and a description', () => {
    expect(panels.filter(({ title, description }) => !title || !(description?.length > 40))).toEqual([]);
  });

  it('uses the provisioned Prometheus data source', () => {
    expect(new Set(panels.map(({ datasource }) => datasource.uid))).toEqual(new Set(['prometheus']));
    expect(sources).toContain('uid: prometheus');
  });

  it('has exemplars only on an axis of seconds', () => {
    const traced = panels.filter(({ targets }) => targets.some(({ exemplar }) => exemplar));
    expect(new Set(traced.map(({ fieldConfig }) => fieldConfig.defaults.unit))).toEqual(new Set(['s']));
    expect(traced.map(({ title }) => title)).toContain('How long do responses take?');
  });

  it('shows only metrics that docs/telemetry.md explains', () => {
    const known = [...documentedMetricNames(), 'up', 'slo:burn:rate1h'];
    const isKnown = (metric: string) =>
      known.some((name) => (name.endsWith('*') ? metric.startsWith(name.slice(0, -1)) : metric === name));
    const used = new Set(panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr))));
    expect([...used].filter((metric) => !isKnown(metric.replace(/_(?:bucket|count|sum)$/, '')))).toEqual([]);
    expect(used).toContain('shoal_root_ready_replicas');
  });
});
