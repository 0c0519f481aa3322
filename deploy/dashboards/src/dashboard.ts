import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  LegendDisplayMode,
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { Seconds } from '@grafana/grafana-foundation-sdk/units';

/** The data source of all panels, by its uid in provisioning/datasources. */
const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };

const TAG = 'shoal';
const COLUMNS = 24;

interface Description {
  /** Name of its file, and part of its address in Grafana. */
  uid: string;
  title: string;
  /** Question that it answers. */
  description: string;
  /** Panels by row title. */
  rows: Record<string, AnyPanel[]>;
  /** Labels to filter by, each with a metric that has it. */
  variables?: Record<string, string>;
}

/**
 * Builds a dashboard in Grafana's classic schema, which file provisioning accepts in every version. The SDK deprecates this builder in
 * favour of schema 2, to which Grafana converts when it loads the file.
 */
export function dashboard({ uid, title, description, rows, variables = {} }: Description): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .refresh('10s')
    .time({ from: 'now-30m', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(new DashboardLinkBuilder('Shoal').type(DashboardLinkType.Dashboards).tags([TAG]).keepTime(true));
  for (const [label, metric] of Object.entries(variables)) builder.withVariable(choice(label, metric));
  let id = 0;
  for (const [title, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(title).id(++id));
    for (const panel of panels) {
      panel.id(++id);
      panel.span(COLUMNS / perLine(panels.length));
      builder.withPanel(panel);
    }
  }
  return builder.build();
}

const perLine = (panels: number): number => [4, 3].find((width) => panels % width === 0) ?? 2;

/** Filter by a label; all values by default. */
const choice = (label: string, metric: string): QueryVariableBuilder =>
  new QueryVariableBuilder(label)
    .datasource(PROMETHEUS)
    .query(`label_values(${metric}, ${label})`)
    .refresh(VariableRefresh.OnDashboardLoad)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true });

interface Text {
  /** A question, or the name of a number. */
  title: string;
  /** Meaning of the panel, and the next step when it looks bad. */
  description: string;
  /** One of Grafana's units. */
  unit: string;
}

type AnyPanel = Builder<Panel> & { span(columns: number): unknown; id(id: number): unknown };

/** Curves over time. */
interface Graph extends Text {
  /** PromQL by legend, which may contain `{{label}}`. */
  queries: Record<string, string>;
}

/** Histograms with exemplars, which Grafana shows as points beside the curves. Their values are seconds, so the axis must be too. */
const TRACED =
  /(http_server_request|shoal_search|shoal_root_request|shoal_root_leg|shoal_shard_query|traces_span_metrics)_duration_seconds_bucket/;

export function graph({ title, description, unit, queries }: Graph): AnyPanel {
  const legend = new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).showLegend(true);
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .unit(unit)
    .min(0)
    .height(8)
    .legend(legend);
  for (const [at, [name, expr]] of Object.entries(queries).entries())
    panel.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode('A'.charCodeAt(0) + at))
        .expr(expr)
        .legendFormat(name)
        .exemplar(unit === Seconds && TRACED.test(expr))
        .range(),
    );
  return panel;
}

/** One current number. */
interface Stat extends Text {
  query: string;
  /** Threshold from which the panel is red; with `below`, up to which it is red. */
  bad: number;
  below?: true;
}

export function stat({ title, description, unit, query, bad, below }: Stat): AnyPanel {
  const [low, high] = below ? ['red', 'green'] : ['green', 'red'];
  const thresholds = new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: low },
    { value: bad, color: high },
  ]);
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .unit(unit)
    .height(4)
    .thresholds(thresholds)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .colorMode(BigValueColorMode.Background)
    .withTarget(new DataqueryBuilder().refId('A').expr(query).range());
}

/** Rate of a counter per second. Grafana sets $__rate_interval to at least four scrapes. @param by labels to keep, separated by commas */
export const perSecond = (counter: string, by?: string): string =>
  sum(`rate(${counter}[$__rate_interval])`, by);

/** Increase of a counter of rare events in the last ten minutes. */
export const lately = (counter: string, by?: string): string => sum(`increase(${counter}[10m])`, by);

/** Quantile of a histogram. @param histogram name without `_bucket`, with labels in braces */
export const quantile = (q: number, histogram: string, by?: string): string => {
  const buckets = histogram.replace(/(?=\{)|$/, '_bucket');
  return `histogram_quantile(${q}, ${perSecond(buckets, by ? `le, ${by}` : 'le')})`;
};

/** Returns `rare`, or 0 where only `all` has series: a counter of failures has none before its first event. */
export const orNone = (rare: string, all: string): string => `(${rare} or 0 * ${all})`;

/** Adds the label `shard` to a vector with a series for each shard process, without spares. */
export const withShard = (vector: string): string =>
  `${vector} * on (service_instance_id) group_left (shard) shoal_shard_assignment_info{shard!="none"}`;

/** The same for ready replicas only, because others serve no searches. */
export const ofReady = (vector: string): string =>
  `${vector} * on (service_instance_id) group_left (shard) shoal_shard_assignment_info{state="ready"}`;

const sum = (vector: string, by?: string): string => (by ? `sum by (${by}) (${vector})` : `sum(${vector})`);
