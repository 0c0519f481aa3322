import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from './backoff.js';
import { isApp, launch, type ProcessSpec } from './launch.js';
import type { LogFile } from './log-file.js';
import { StartupError } from './startup-error.js';

export interface Watcher {
  /** pid or url is another than before. */
  changed(): void;
  /** It died this often without ever having come up that trying again is useless. */
  failed(trouble: StartupError): void;
}

const FIRST_TRIES = 3;
const COLLECT_MS = 2_000;

/** One process that is restarted whenever it dies, until it is stopped. */
export class ManagedProcess {
  /** Where it listens, once it does. */
  url: string | undefined;
  private child: ChildProcess | undefined;
  private everListened = false;
  private exits = 0;
  private stopping = false;
  private restart: NodeJS.Timeout | undefined;
  private readonly backoff = new Backoff();

  constructor(
    readonly spec: ProcessSpec,
    readonly log: LogFile,
    private readonly watcher: Watcher,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    const startedAt = performance.now();
    const child = this.log.lend((output) => launch(this.spec, output));
    this.child = child;
    child.on('message', (message: { type?: string; url?: string }) => {
      if (message.type === 'listening' && message.url) this.listens(message.url);
    });
    child.on('error', (error) => this.log.note('error', `${this.spec.name}: ${error.message}`));
    child.on('close', (code, signal) =>
      this.ended(signal ?? `exit code ${code}`, performance.now() - startedAt),
    );
    this.watcher.changed();
  }

  /** Records that the process is up; called on its IPC message or after a health check. */
  listens(url: string): void {
    this.everListened = true;
    this.url = url;
    this.watcher.changed();
  }

  /** Lets it give back the memory that it does not need (collect-garbage.ts). Resolves when it has, if it can. */
  async collectGarbage(): Promise<void> {
    const { child } = this;
    if (!child?.connected) return;
    child.send({ type: 'collect-garbage' });
    // It sends no other message once it listens.
    await Promise.race([once(child, 'message'), once(child, 'close'), sleep(COLLECT_MS)]).catch(
      () => undefined,
    );
  }

  /** Ends the process by SIGTERM or SIGKILL without a restart. */
  end(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.stopping = true;
    clearTimeout(this.restart);
    this.child?.kill(signal);
  }

  /** Resolves once it is gone. */
  async gone(): Promise<void> {
    if (this.child) await once(this.child, 'close');
  }

  private ended(how: string, uptimeMs: number): void {
    this.child = undefined;
    // A process without IPC cannot report a new address: it returns on the port in its configuration.
    if (isApp(this.spec.program)) this.url = undefined;
    this.exits += 1;
    if (this.stopping) return;
    if (!this.everListened && this.exits >= FIRST_TRIES) {
      const { name } = this.spec;
      this.watcher.failed(
        new StartupError(
          `${name} does not start (${how}): ${this.log.lastLine()} (more in ${this.log.path})`,
        ),
      );
      return;
    }
    const delay = this.backoff.next(uptimeMs);
    this.log.note('warn', `${how}; starting again in ${delay} ms`);
    this.restart = setTimeout(() => this.start(), delay);
    this.watcher.changed();
  }
}
