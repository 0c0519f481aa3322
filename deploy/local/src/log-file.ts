import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';

const LARGEST_BYTES = 16 * 1024 * 1024;

/** Our own notes, and the version with which Node signs off below the error that matters. */
const UNTELLING = /^(--- |Node\.js v)/;

/** What one process prints, in a file of bounded size; the file before it is kept as `.1`. */
export class LogFile {
  constructor(readonly path: string) {
    if (existsSync(path)) renameSync(path, `${path}.1`);
  }

  /** Lends a file descriptor to a child process, which writes to it even when this process is gone. */
  lend<T>(use: (descriptor: number) => T): T {
    const descriptor = openSync(this.path, 'a');
    try {
      return use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  note(text: string): void {
    appendFileSync(this.path, `--- ${new Date().toISOString()} ${text}\n`);
  }

  /** Starts the file again when it has grown too long; the child appends, so it goes on at the new end. */
  trim(): void {
    if (!existsSync(this.path) || statSync(this.path).size < LARGEST_BYTES) return;
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path);
  }

  /** What the process itself wrote last. */
  lastLine(): string {
    const lines = readFileSync(this.path, 'utf8').split('\n');
    const last = lines.findLast((line) => line.trim() !== '' && !UNTELLING.test(line));
    return last === undefined ? 'it printed nothing' : messageOf(last);
  }
}

/** Of our own processes' lines, which are JSON, the text alone. */
function messageOf(line: string): string {
  try {
    const { msg } = JSON.parse(line) as { msg?: string };
    return msg ?? line;
  } catch {
    return line;
  }
}
