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

/** Author of the supervisor's own notes. */
const SUPERVISOR = 'supervisor';
/** With its version Node signs off below the error that matters. */
const UNTELLING = /^Node\.js v/;

/** Output of one process in a file of bounded size; the previous file is kept as `.1`. */
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

  /** A line of our own between those of the process. */
  note(level: 'info' | 'warn' | 'error', msg: string): void {
    const line = { level, time: new Date().toISOString(), 'service.name': SUPERVISOR, msg };
    appendFileSync(this.path, `${JSON.stringify(line)}\n`);
  }

  /** Starts the file again when it has grown too long; the child appends, so it goes on at the new end. */
  tidy(): void {
    if (!existsSync(this.path) || statSync(this.path).size < LARGEST_BYTES) return;
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path);
  }

  /** Last line that the process itself wrote. */
  lastLine(): string {
    const lines = readFileSync(this.path, 'utf8').split('\n');
    const last = lines.findLast(
      (line) => line.trim() !== '' && !UNTELLING.test(line) && read(line)['service.name'] !== SUPERVISOR,
    );
    return last === undefined ? 'it printed nothing' : (read(last).msg ?? last);
  }
}

/** The fields of a line that is JSON, as those of our own processes are. */
function read(line: string): { msg?: string; 'service.name'?: string } {
  try {
    return (JSON.parse(line) as object | null) ?? {};
  } catch {
    return {};
  }
}
