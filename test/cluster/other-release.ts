import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NatsRole } from '@shoal/contracts';
import { type Cluster } from './cluster.ts';
import { type ClusterProcess, isAlive } from './running-cluster.ts';
import { natsAccess } from './nats-access.ts';
import { until } from './until.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');

/** Which versions a release writes and reads. */
export interface Release {
  written: number;
  oldest: number;
  newest: number;
}

/** A process of another release in a cluster of this one. */
export class OtherRelease {
  url?: string;
  private readonly child: ChildProcess;
  private readonly logPath: string;

  constructor(
    cluster: Cluster,
    private readonly role: NatsRole,
    readonly name: string,
    release: Release,
    settings: Record<string, string> = {},
  ) {
    const { servers, passwords } = natsAccess(cluster);
    this.logPath = path.join(cluster.data, 'logs', `${name}.log`);
    const log = openSync(this.logPath, 'a');
    this.child = spawn(
      process.execPath,
      [
        `--import=${path.join(import.meta.dirname, 'release-preload.ts')}`,
        path.join(REPOSITORY, 'apps', role, 'dist/main.js'),
      ],
      {
        env: {
          ...process.env,
          RELEASE: JSON.stringify(release),
          SHOAL_NAME: name,
          SHOAL_NATS_URL: servers.join(','),
          SHOAL_NATS_USER: role,
          SHOAL_NATS_PASSWORD: passwords[role],
          SHOAL_HTTP_PORT: '0',
          ...settings,
        },
        // The IPC channel is its lifeline: when this process is gone, it ends.
        stdio: ['ignore', log, log, 'ipc'],
      },
    );
    closeSync(log);
    this.child.on('message', ({ url }: { url: string }) => (this.url = url));
  }

  get process(): ClusterProcess {
    return { name: this.name, role: this.role, pid: this.child.pid!, ...(this.url && { url: this.url }) };
  }

  get log(): string {
    return readFileSync(this.logPath, 'utf8');
  }

  get isAlive(): boolean {
    return isAlive(this.child.pid!);
  }

  async listens(): Promise<void> {
    await until(`${this.name} listens`, () => this.url);
  }

  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
