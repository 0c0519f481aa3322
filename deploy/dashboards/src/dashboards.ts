import path from 'node:path';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { hotSpots } from './hot-spots.js';
import { indexing } from './indexing.js';
import { natsAndCollectors } from './nats-and-collectors.js';
import { overview } from './overview.js';
import { ownership } from './ownership.js';
import { scatterGather } from './scatter-gather.js';

/** Where Grafana finds them. */
export const FOLDER = path.resolve(import.meta.dirname, '../../observability/grafana/dashboards');

const DASHBOARDS: Dashboard[] = [overview, scatterGather, hotSpots, ownership, indexing, natsAndCollectors];

/** The text of each dashboard by the name of its file. */
export const files = (): Map<string, string> =>
  new Map(DASHBOARDS.map((one) => [`${one.uid}.json`, `${JSON.stringify(one, null, 2)}\n`]));
