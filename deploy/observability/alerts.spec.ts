import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { documentedMetricNames, metricsIn } from '../../test/cluster/documented-metrics.ts';
import { findProgram } from '../local/src/observe/programs.ts';

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface RuleTest {
  alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[];
}

const folder = (name: string) => path.resolve(import.meta.dirname, name);
const filesIn = (name: string) => readdirSync(folder(name)).map((file) => path.join(folder(name), file));
const read = <T>(file: string) => parse(readFileSync(file, 'utf8')) as T;

const rules = filesIn('rules').flatMap((file) =>
  read<{ groups: { rules: Rule[] }[] }>(file).groups.flatMap((group) => group.rules),
);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const names = [...new Set(alerts.map(({ alert }) => alert!))].toSorted();

const tests = filesIn('rule-tests').flatMap((file) =>
  read<{ tests: RuleTest[] }>(file).tests.flatMap((test) => test.alert_rule_test),
);
const tested = (fires: boolean) =>
  [
    ...new Set(tests.filter((test) => !!test.exp_alerts?.length === fires).map((test) => test.alertname)),
  ].toSorted();

const promtool = findProgram('promtool');
const check = (...args: string[]): string =>
  execFileSync(promtool ?? '', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' });

describe('every alert', () => {
  it('has exactly one runbook', () => {
    const pages = readdirSync(folder('../../docs/runbooks')).filter((file) => file !== 'README.md');
    expect(pages.toSorted()).toEqual(names.map((name) => `${name}.md`));
    for (const { alert, annotations } of alerts)
      expect(annotations?.runbook_url).toBe(`docs/runbooks/${alert}.md`);
  });

  it('is listed in the index of runbooks', () => {
    const index = readFileSync(folder('../../docs/runbooks/README.md'), 'utf8');
    const listed = [...index.matchAll(/^\| \[(\w+)\]\(\1\.md\) +\| (\w+)/gm)].map(
      ([, name, severity]) => `${name} ${severity}`,
    );
    const severities = alerts.map(({ alert, labels }) => `${alert} ${labels?.severity}`);
    expect(listed.toSorted()).toEqual([...new Set(severities)].toSorted());
  });

  it('has a severity, a summary and a description', () => {
    for (const { labels, annotations } of alerts) {
      expect(labels?.severity).toMatch(/^(?:page|ticket)$/);
      expect(annotations?.summary).toBeTruthy();
      expect(annotations?.description).toMatch(/\.$/);
    }
  });

  it('has a rule test that fires and one that stays quiet', () => {
    expect(tested(true)).toEqual(names);
    expect(tested(false)).toEqual(names);
  });
});

describe('the rules', () => {
  it('use only metrics that the docs describe', () => {
    const known = [...documentedMetricNames(), ...rules.flatMap(({ record }) => record ?? []), 'up'];
    const isKnown = (metric: string) =>
      known.some((name) => (name.endsWith('*') ? metric.startsWith(name.slice(0, -1)) : metric === name));
    const used = new Set(rules.flatMap(({ expr }) => metricsIn(expr)));
    expect([...used].filter((metric) => !isKnown(metric.replace(/_(?:bucket|count|sum)$/, '')))).toEqual([]);
    expect(used).toContain('shoal_root_ready_replicas');
  });

  it.skipIf(!promtool)('are valid for Prometheus (if promtool is installed)', () => {
    expect(check('check', 'config', 'prometheus.yml')).toContain(
      `${filesIn('rules').length} rule files found`,
    );
  });

  it.skipIf(!promtool)(
    'pass their rule tests (if promtool is installed)',
    () => expect(check('test', 'rules', ...filesIn('rule-tests'))).not.toContain('FAILED'),
    120_000,
  );
});
