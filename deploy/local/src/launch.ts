import { fork, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import cluster from 'node:cluster';

/** How to run one process: nats-server, or one of ours. */
export interface ProcessSpec {
  name: string;
  role: Role;
  env: Record<string, string>;
  program: Binary | App;
}

/** `nats-adapter` and `telemetry` (observe/) watch the others. */
export type Role = 'nats' | 'frontend' | 'root' | 'shard' | 'indexer' | 'nats-adapter' | 'telemetry';

/** A program without IPC, which cannot report when it listens. */
export interface Binary {
  command: string;
  args: string[];
}

/** A program for Node, which reports its address through IPC. */
export interface App {
  script: string;
  execArgv: string[];
  args: string[];
  /** It listens on a port together with the others of its role. */
  sharesPort: boolean;
}

export const isApp = (program: Binary | App): program is App => 'script' in program;

/**
 * Starts it.
 * @param output file descriptor for what it prints
 */
export function launch({ program, env }: ProcessSpec, output: number): ChildProcess {
  const stdio: StdioOptions = ['ignore', output, output];
  // In a process group of its own a Ctrl-C in the terminal does not reach it: we end the processes, in order.
  const options = { env: { ...process.env, ...env }, detached: true };
  if (!isApp(program)) return spawn(program.command, program.args, { ...options, stdio });
  stdio.push('ipc');
  if (!program.sharesPort) {
    const { script, args, execArgv } = program;
    return fork(script, args, { ...options, execArgv, stdio });
  }
  return forkSharing(program, env, stdio);
}

/**
 * Node's cluster module shares one socket among all processes that listen on a port: connections not yet accepted outlive any
 * of them, and a paused process accepts none. These processes stay in this process group and have to ignore Ctrl-C.
 */
function forkSharing(
  { script, execArgv, args }: App,
  env: ProcessSpec['env'],
  stdio: StdioOptions,
): ChildProcess {
  // Each accepts for itself, without a detour through this process.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: script, execArgv, args, stdio: stdio as [] });
  return cluster.fork(env).process;
}
