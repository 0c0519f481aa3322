import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataFolder } from '../data-folder.js';
import { freePorts } from '../ports.js';
import type { Progress } from '../progress.js';
import type { Supervisor } from '../supervisor.js';
import { OBSERVE_PORTS, observeConfigPath, observePlan, type ObservePlan, type Watcher } from './plan.js';
import { findPrograms, missing, type ProgramName } from './programs.js';
import { targetsOf } from './targets.js';

const POLL_MS = 100;
const HEALTHY_MS = 30_000;

/**
 * Starts the observability programs that this machine has, and prints how to get the missing ones. The cluster needs none of
 * them: their failures are reported, and the run continues.
 * @param configurations folder of their configurations
 */
export async function observe(
  configurations: string,
  folder: DataFolder,
  supervisor: Supervisor,
  progress: Progress,
): Promise<ObservePlan> {
  const programs = findPrograms();
  for (const [name, file] of Object.entries(programs) as [ProgramName, string | undefined][])
    if (!file) progress.say(missing(name));
  const plan = observePlan(programs, folder.root, await freePorts(OBSERVE_PORTS));
  mkdirSync(folder.path('observe/targets'), { recursive: true });
  const spanMetrics = plan.tracing ? [{ targets: [plan.tracing.spanMetrics] }] : [];
  folder.writeJson('observe/targets/span-metrics.json', spanMetrics);
  supervisor.onChange((processes) =>
    folder.writeJson('observe/targets/processes.json', targetsOf(processes)),
  );
  const rules = folder.path('observe/rules');
  // Another release may have had other files.
  rmSync(rules, { recursive: true, force: true });
  cpSync(path.join(configurations, 'rules'), rules, { recursive: true });
  for (const watcher of plan.watchers) {
    copyFileSync(
      path.join(configurations, watcher.configuration),
      observeConfigPath(folder.root, watcher.name),
    );
    void start(watcher, supervisor, progress);
  }
  return plan;
}

/** Returns the variables that configure the telemetry of a Shoal process and the address of Jaeger's page. */
export const telemetryEnv = ({ tracing }: Partial<ObservePlan>): Record<string, string> =>
  tracing ? { OTEL_EXPORTER_OTLP_ENDPOINT: tracing.otlpUrl, SHOAL_JAEGER_URL: tracing.jaegerUrl } : {};

async function start(watcher: Watcher, supervisor: Supervisor, progress: Progress): Promise<void> {
  const deadline = performance.now() + HEALTHY_MS;
  let failed = false;
  const process = supervisor.start(watcher, (trouble) => {
    failed = true;
    progress.say(`going on without ${watcher.name}: ${trouble.message}`);
  });
  while (!(await isHealthy(watcher.healthUrl))) {
    if (failed) return;
    if (performance.now() > deadline) {
      progress.say(`${watcher.name} does not get healthy: see ${process.log.path}`);
      return;
    }
    await sleep(POLL_MS);
  }
  process.listens(watcher.url);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
