import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ClusterProcess } from '../cluster/running-cluster.ts';
import { until } from '../cluster/until.ts';
import { eachWatcher, RESTART_MS, type Target, type Watcher, type WatcherName } from './target.ts';

const FILE = path.resolve(import.meta.dirname, '../../.shoal/cluster.json');

interface ClusterFile {
  url: string;
  processes: ClusterProcess[];
}

const read = (): ClusterFile => JSON.parse(readFileSync(FILE, 'utf8')) as ClusterFile;

/**
 * What `npm start` runs here.
 * @throws Error when it does not
 */
export async function localTarget(): Promise<Target> {
  if (!existsSync(FILE)) throw new Error('nothing runs here: start it with npm start (best with --observe)');
  const { url, processes } = read();
  return {
    url,
    // As npm start was given them.
    apiKey: process.env.SHOAL_API_KEYS?.split(',')[0] ?? '',
    watchers: await eachWatcher((watcher) => findWatcher(watcher, processes)),
    crash,
    restart,
    scale: undefined,
  };
}

/** @throws Error when it is started again and again, and never gets well */
function findWatcher(watcher: WatcherName, processes: ClusterProcess[]): Watcher {
  if (watcher === 'grafana') return { leftOut: 'npm start has none' };
  const process = processes.find(({ name }) => name === watcher);
  if (!process) return { leftOut: 'it runs with npm start -- --observe alone, if the program is there' };
  if (!process.url) throw new Error(`${watcher} does not get well: see .shoal/logs/${watcher}.log`);
  return { url: process.url };
}

async function crash(name: string): Promise<void> {
  await replaced(name, 'SIGKILL', () => true);
}

async function restart(role: string): Promise<void> {
  for (const process of read().processes.filter((one) => one.role === role))
    await replaced(process.name, 'SIGTERM', async (url) => (await fetch(`${url}/readyz`)).ok);
}

/** Sends a signal to a process, and waits until another one in its place listens, and is as it should be. */
async function replaced(
  name: string,
  signal: NodeJS.Signals,
  isBack: (url: string) => boolean | Promise<boolean>,
): Promise<void> {
  const find = () => read().processes.find((process) => process.name === name);
  const pid = find()?.pid;
  if (!pid) throw new Error(`there is no process ${name}`);
  process.kill(pid, signal);
  await until(
    `another ${name} runs`,
    () => {
      const now = find();
      return now?.url !== undefined && now.pid !== pid && isBack(now.url);
    },
    RESTART_MS,
  );
}
