import { command, type CommandSettings } from '../containers/command.ts';

/** What kind calls the cluster that `npm run kind:up` makes. */
const KIND_CONTEXT = 'kind-shoal';

/**
 * The cluster that all our commands talk to, by its name in kubectl's configuration: never just whatever kubectl talks to at the moment,
 * since processes are killed there. SHOAL_KUBE_CONTEXT names another.
 */
export const contextOf = ({ SHOAL_KUBE_CONTEXT }: NodeJS.ProcessEnv = process.env): string =>
  SHOAL_KUBE_CONTEXT ?? KIND_CONTEXT;

/** In our namespace there; another one may be given first. */
export const kubectl = (args: string[], settings?: CommandSettings): Promise<string> =>
  command(['kubectl', '--context', contextOf(), '--namespace', 'shoal', ...args], settings);

/** From now on all is done where kubectl points to, unless another cluster has been named. @returns which that is */
export async function useCurrentContext(): Promise<string> {
  return (process.env.SHOAL_KUBE_CONTEXT ??= await command(['kubectl', 'config', 'current-context']));
}
