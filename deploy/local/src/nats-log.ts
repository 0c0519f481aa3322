import { appendFileSync } from 'node:fs';
import { AppendedLines, natsLogRecord } from '@shoal/nats-log';
import { LogFile } from './log-file.js';

const LOOK_MS = 250;

/**
 * nats-server's log in the form of all others. The server prints into a file of its own, which is read here: a pipe would end it at its next
 * line when this process is killed, and hold it up when this process stands still.
 */
export class NatsLog extends LogFile {
  private readonly printed: LogFile;
  private readonly lines: AppendedLines;

  /**
   * @param path of the log
   * @param printedPath of what the server prints, as it does
   */
  constructor(
    path: string,
    printedPath: string,
    private readonly server: string,
  ) {
    super(path);
    this.printed = new LogFile(printedPath);
    this.lines = new AppendedLines(printedPath);
    setInterval(() => this.catchUp(), LOOK_MS).unref();
  }

  override lend<T>(use: (descriptor: number) => T): T {
    return this.printed.lend(use);
  }

  override note(...[level, msg]: Parameters<LogFile['note']>): void {
    this.catchUp();
    super.note(level, msg);
  }

  override tidy(): void {
    this.catchUp();
    this.printed.tidy();
    super.tidy();
  }

  override lastLine(): string {
    this.catchUp();
    return super.lastLine();
  }

  private catchUp(): void {
    const records = this.lines.next().map((line) => natsLogRecord(line, this.server, new Date()));
    if (records.length > 0)
      appendFileSync(this.path, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }
}
