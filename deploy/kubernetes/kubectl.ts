import { command, type CommandSettings } from '../containers/command.ts';

/** In our namespace of the cluster that kubectl talks to. */
export const kubectl = (args: string[], settings?: CommandSettings): Promise<string> =>
  command(['kubectl', '--namespace', 'shoal', ...args], settings);
