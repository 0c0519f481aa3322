import { setTimeout as sleep } from 'node:timers/promises';
import { natsConfigPath } from './cluster-plan.js';
import type { DataFolder } from './data-folder.js';
import { observeConfigPath } from './observe/plan.js';
import { commandLine } from './process-identity.js';
import type { ClusterFile } from './supervisor.js';

const PATIENCE_MS = 3000;
const CHECK_MS = 50;

/**
 * Ends what a killed supervisor left behind: our own processes notice its death and end themselves, unless they are
 * paused; nats-server and what watches them do not notice at all.
 * @returns the names of those that were ended
 */
export async function endLeftovers(folder: DataFolder): Promise<string[]> {
  const last = folder.readJson('cluster.json') as ClusterFile | undefined;
  const left = (last?.processes ?? []).filter(({ name, pid }) => isOurs(commandLine(pid), name, folder.root));
  await Promise.all(left.map(({ name, pid }) => end(pid, name, folder.root)));
  return left.map(({ name }) => name);
}

function isOurs(command: string | undefined, name: string, root: string): boolean {
  const endings = [`${name} ${root}`, natsConfigPath(root, name), observeConfigPath(root, name)];
  return endings.some((ending) => command?.endsWith(` ${ending}`));
}

async function end(pid: number, name: string, root: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  signal(pid, 'SIGTERM');
  while (isOurs(commandLine(pid), name, root)) {
    if (performance.now() > deadline) signal(pid, 'SIGKILL');
    await sleep(CHECK_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in the meantime, which is what we want.
  }
}
