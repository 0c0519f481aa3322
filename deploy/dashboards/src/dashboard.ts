import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type AnyPanel, PROMETHEUS } from './panels.js';

const TAG = 'shoal';
const COLUMNS = 24;

interface Description {
  /** Of its file, and of its address in Grafana. */
  uid: string;
  title: string;
  /** The question that it answers. */
  description: string;
  /** Panels by the title of their row. */
  rows: Record<string, AnyPanel[]>;
  /** Labels to choose by, each with a metric that has it. */
  variables?: Record<string, string>;
}

/**
 * A dashboard in Grafana's classic schema: the one that provisioning from files takes in every version. (The SDK calls its builder
 * deprecated in favour of schema 2, which Grafana makes of it when it loads it.)
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

/** All values of a label unless some are chosen. */
const choice = (label: string, metric: string): QueryVariableBuilder =>
  new QueryVariableBuilder(label)
    .datasource(PROMETHEUS)
    .query(`label_values(${metric}, ${label})`)
    .refresh(VariableRefresh.OnDashboardLoad)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true });
