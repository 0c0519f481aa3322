import path from 'node:path';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { overview } from './overview.js';

/** Where Grafana finds them. */
export const FOLDER = path.resolve(import.meta.dirname, '../../observability/grafana/dashboards');

const DASHBOARDS: Dashboard[] = [overview];

/** The text of each dashboard by the name of its file. */
export const files = (): Map<string, string> =>
  new Map(DASHBOARDS.map((one) => [`${one.uid}.json`, `${JSON.stringify(one, null, 2)}\n`]));
