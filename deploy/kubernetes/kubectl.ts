import { command, type CommandSettings } from '../containers/command.ts';
import { StartupError } from '../local/src/startup-error.ts';

/** The context that kind creates for the cluster of `npm run kind:up`. */
const KIND_CONTEXT = 'kind-shoal';
/** An update replaces eight shards, one after the other. */
const READY_WITHIN = '600s';
/** No other workload needs Grafana, and its image is not always available. */
const OPTIONAL = 'deployment/grafana';
/** Short, because Grafana has already had the time of the whole load. */
const OPTIONAL_WITHIN = '60s';

/**
 * Returns the kubectl context of all commands: kind's, or SHOAL_KUBE_CONTEXT. Never kubectl's current context, because tests kill
 * processes there.
 */
export const contextOf = ({ SHOAL_KUBE_CONTEXT }: NodeJS.ProcessEnv = process.env): string =>
  SHOAL_KUBE_CONTEXT ?? KIND_CONTEXT;

/** Runs kubectl in the context and namespace of Shoal; `args` may begin with another namespace. */
export const kubectl = (args: string[], settings?: CommandSettings): Promise<string> =>
  command(['kubectl', '--context', contextOf(), '--namespace', 'shoal', ...args], settings);

/** Selects kubectl's current context for all later commands, unless SHOAL_KUBE_CONTEXT is set. @returns the context */
export async function useCurrentContext(): Promise<string> {
  return (process.env.SHOAL_KUBE_CONTEXT ??= await command(['kubectl', 'config', 'current-context']));
}

/**
 * Waits until all workloads are ready; only Grafana may be missing.
 * @param workloads by their names for kubectl
 * @returns the names of missing optional workloads
 * @throws StartupError that names all other workloads that are not ready
 */
export async function waitUntilReady(workloads: string[], log: (line: string) => void): Promise<string[]> {
  log('waiting until all other workloads are ready');
  const ready = await Promise.all(workloads.map(isReady));
  const missing = workloads.filter((_, at) => !ready[at]);
  const needed = missing.filter((workload) => workload !== OPTIONAL);
  if (needed.length > 0)
    throw new StartupError(
      `not ready within ${READY_WITHIN}: ${needed.join(', ')}; see kubectl -n shoal get pods`,
    );
  for (const workload of missing)
    log(`continuing without ${workload}, which is not ready: kubectl -n shoal describe ${workload}`);
  return missing.map((workload) => workload.replace(/^.*\//, ''));
}

function isReady(workload: string): Promise<boolean> {
  const within = workload === OPTIONAL ? OPTIONAL_WITHIN : READY_WITHIN;
  return kubectl(['rollout', 'status', workload, `--timeout=${within}`]).then(
    () => true,
    () => false,
  );
}
