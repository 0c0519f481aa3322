import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  observePlan,
  OBSERVE_PORTS,
  type ObservePlan,
  type Watcher,
} from '../../deploy/local/src/observe/plan.ts';
import { findPrograms } from '../../deploy/local/src/observe/programs.ts';
import { freePorts } from '../../deploy/local/src/ports.ts';
import { until } from './until.ts';

const CONFIGURATIONS = path.resolve(import.meta.dirname, '../../deploy/observability');

const programs = findPrograms();

/** Whether `--observe` has all that it starts. */
export const canObserve = Object.values(programs).every((file) => file !== undefined);

/** Jaeger, gateway and sidecar as `--observe` starts them, but without a cluster, and without anybody who starts them again. */
export class Watchers {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'shoal-watchers-'));
  private readonly plan: ObservePlan;
  private readonly running = new Map<string, ChildProcess>();
  private readonly more: Record<string, string[]>;

  private constructor(ports: number[], more: Record<string, string[]>) {
    this.plan = observePlan({ ...programs, prometheus: undefined }, this.folder, ports);
    this.more = more;
  }

  /** @param more arguments, by the program's name: `--set=...` changes what stands in its configuration */
  static async start(names: string[], more: Record<string, string[]> = {}): Promise<Watchers> {
    const watchers = new Watchers(await freePorts(OBSERVE_PORTS), more);
    try {
      await Promise.all(names.map((name) => watchers.run(name)));
    } catch (error) {
      watchers.stop();
      throw error;
    }
    return watchers;
  }

  get otlpUrl(): string {
    return this.plan.tracing!.otlpUrl;
  }

  get jaegerUrl(): string {
    return this.plan.tracing!.jaegerUrl;
  }

  get spanMetricsUrl(): string {
    return `http://${this.plan.tracing!.spanMetrics}/metrics`;
  }

  watcher(name: string): Watcher {
    return this.plan.watchers.find((watcher) => watcher.name === name)!;
  }

  pid(name: string): number {
    return this.running.get(name)!.pid!;
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.running.get(name)!.kill(signal);
  }

  /** With SIGKILL; resolves once it is gone. */
  async kill(name: string): Promise<void> {
    const process = this.running.get(name)!;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }

  stop(): void {
    for (const process of this.running.values()) process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Starts it, or starts it again on the same ports and files; resolves once it is healthy. */
  async run(name: string): Promise<void> {
    const { program, env, configuration, healthUrl } = this.watcher(name);
    if (!('command' in program)) throw new Error(`${name} is no program of others`);
    const args = [
      ...program.args.slice(0, -1),
      path.join(CONFIGURATIONS, configuration),
      ...(this.more[name] ?? []),
    ];
    const child = spawn(program.command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
    this.running.set(name, child);
    await until(`${name} is healthy`, async () => (await fetch(healthUrl)).ok);
  }
}
