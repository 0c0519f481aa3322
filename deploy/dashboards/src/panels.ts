import {
  BigValueColorMode,
  LegendDisplayMode,
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { Seconds } from '@grafana/grafana-foundation-sdk/units';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';

/** The uid that provisioning/datasources gives it. */
export const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };

interface Text {
  /** A question, or a plain statement. */
  title: string;
  /** What it shows, and what to do when it looks bad. */
  description: string;
  /** Of Grafana's units. */
  unit: string;
}

export type AnyPanel = Builder<Panel> & { span(columns: number): unknown; id(id: number): unknown };

/** Curves over time. */
export interface Graph extends Text {
  /** PromQL by the legend of its series: `{{label}}` is put in. */
  queries: Record<string, string>;
}

/**
 * Histograms whose buckets name traces: Grafana shows these as points beside the curves. Each is at its seconds, so only on an axis
 * of seconds.
 */
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

/** One number of now. */
export interface Stat extends Text {
  query: string;
  /** From here on it is red. With `below`: up to here. */
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
