import { StartupError } from '../local/src/startup-error.ts';
import { kubectl } from './kubectl.ts';

/** An update replaces eight shards one after the other. */
const READY_WITHIN = '600s';
/** Its image is the one that is not always to be had, and nothing else needs it. */
const OPTIONAL = 'deployment/grafana';
/** It has had as long as all the documents took. */
const OPTIONAL_WITHIN = '60s';

/**
 * @param workloads as kubectl names them
 * @returns names of those that are not ready, and may
 * @throws StartupError that names those that must be ready and are not
 */
export async function waitUntilReady(workloads: string[], say: (text: string) => void): Promise<string[]> {
  say('waiting until all others are ready too');
  const late = await lateOnes(workloads);
  const needed = late.filter((workload) => workload !== OPTIONAL);
  if (needed.length > 0)
    throw new StartupError(
      `not ready within ${READY_WITHIN}: ${needed.join(', ')}; see kubectl -n shoal get pods`,
    );
  for (const workload of late)
    say(`going on without ${workload}, which does not get ready: kubectl -n shoal describe ${workload}`);
  return late.map((workload) => workload.replace(/^.*\//, ''));
}

async function lateOnes(workloads: string[]): Promise<string[]> {
  const ready = await Promise.all(workloads.map(isReady));
  return workloads.filter((_, at) => !ready[at]);
}

function isReady(workload: string): Promise<boolean> {
  const within = workload === OPTIONAL ? OPTIONAL_WITHIN : READY_WITHIN;
  return kubectl(['rollout', 'status', workload, `--timeout=${within}`]).then(
    () => true,
    () => false,
  );
}
