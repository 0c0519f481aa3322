import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commandLine } from './process-identity.js';
import { StartupError } from './startup-error.js';

/** Options that are fixed once a data folder is in use, because its streams were made for them. */
export interface Layout {
  nats: number;
  partitions: number;
}

/** The folder of one cluster: `nats/`, `logs/`, `cluster.json`, `corpus.json`, and a lock while it runs. */
export class DataFolder {
  private constructor(readonly root: string) {}

  /**
   * Makes the folder if need be and locks it for this process.
   * @throws StartupError when it cannot be written, is in use, or was made for another layout
   */
  static open(root: string, layout: Layout): DataFolder {
    const folder = new DataFolder(root);
    try {
      for (const place of ['', 'nats', 'logs']) makeFolder(folder.path(place));
      folder.lock();
    } catch (error) {
      if (error instanceof StartupError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw new StartupError(
        `the data folder ${root} cannot be written (${code}): give another one with --data`,
      );
    }
    try {
      folder.keepLayout(layout);
    } catch (error) {
      folder.close();
      throw error;
    }
    return folder;
  }

  path(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /** Lets the next run in. */
  close(): void {
    this.remove('lock');
  }

  /** Writes a file so that a reader sees either all of the old or all of the new one. */
  write(name: string, content: string, mode = 0o644): void {
    const draft = this.path(`${name}.${process.pid}`);
    writeFileSync(draft, content, { mode });
    renameSync(draft, this.path(name));
  }

  /** Writes a file that only this user can read. */
  writeSecret(name: string, content: string): void {
    this.write(name, content, 0o600);
  }

  writeJson(name: string, value: unknown): void {
    this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  /** The content of a file, or undefined when it is missing or broken. */
  readJson(name: string): unknown {
    try {
      return JSON.parse(readFileSync(this.path(name), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** A link to a complete file appears in one step or fails: that is the lock. */
  private lock(): void {
    const lock = this.path('lock');
    const mine = this.path(`lock.${process.pid}`);
    writeFileSync(mine, `${process.pid} ${commandLine(process.pid)}`);
    try {
      if (!link(mine, lock)) {
        removeStale(lock, this.root);
        if (!link(mine, lock)) throw inUse(this.root, 'another start');
      }
    } finally {
      rmSync(mine, { force: true });
    }
  }

  private keepLayout(layout: Layout): void {
    const made = this.readJson('layout.json') as Layout | undefined;
    for (const name of ['nats', 'partitions'] as const) {
      if (made && made[name] !== layout[name]) {
        throw new StartupError(
          `${this.root} was made with --${name} ${made[name]}: start with that, or give another folder with --data`,
        );
      }
    }
    if (!made) this.writeJson('layout.json', { nats: layout.nats, partitions: layout.partitions });
  }
}

/** Not `{ recursive: true }`: below /proc, which rejects new folders in its own way, Node then tries for ever. */
function makeFolder(place: string): void {
  if (existsSync(place)) return;
  makeFolder(path.dirname(place));
  mkdirSync(place);
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock that a killed run left behind. @throws StartupError when its writer lives */
function removeStale(lock: string, root: string): void {
  const found = readFileSync(lock, 'utf8');
  const [, pid, command] = /^(\d+) (.*)$/s.exec(found) ?? [];
  if (pid && commandLine(Number(pid)) === command) throw inUse(root, `process ${pid}`);
  // Two starts may both come here, and the faster one may have locked already: look again at what was taken away.
  const taken = `${lock}.${process.pid}.stale`;
  renameSync(lock, taken);
  if (readFileSync(taken, 'utf8') !== found) {
    renameSync(taken, lock);
    throw inUse(root, 'another start');
  }
  rmSync(taken);
}

const inUse = (root: string, by: string): StartupError =>
  new StartupError(
    `the data folder ${root} is in use by ${by}: stop that one or give another folder with --data`,
  );
