import path from 'node:path';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { hotSpots } from './hot-spots.js';
import { indexing } from './indexing.js';
import { leadership } from './leadership.js';
import { natsAndCollectors } from './nats-and-collectors.js';
import { overview } from './overview.js';
import { scatterGather } from './scatter-gather.js';

/** Folder that Grafana reads. */
export const FOLDER = path.resolve(import.meta.dirname, '../../observability/grafana/dashboards');

const DASHBOARDS: Dashboard[] = [overview, scatterGather, hotSpots, leadership, indexing, natsAndCollectors];

/** Returns the JSON text of each dashboard by file name. */
export const files = (): Map<string, string> =>
  new Map(DASHBOARDS.map((one) => [`${one.uid}.json`, `${JSON.stringify(one, null, 2)}\n`]));
