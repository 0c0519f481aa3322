#!/usr/bin/env node
/**
 * The filter: `nats-server 2>&1 | nats-log SERVER`, or `nats-log SERVER FILE` beside a server that writes to a file, which it
 * follows until it is ended.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppendedLines } from './appended-lines.js';
import { LineSplitter } from './line-splitter.js';
import { natsLogRecord } from './nats-log-record.js';

const LOOK_MS = 250;

const [server = 'nats', file] = process.argv.slice(2);
const say = (line: string) =>
  process.stdout.write(`${JSON.stringify(natsLogRecord(line, server, new Date()))}\n`);

if (file === undefined) {
  // As long as nats-server writes somebody has to read: its own end ends this process, a Ctrl-C in the terminal does not.
  process.on('SIGINT', () => {});
  const splitter = new LineSplitter();
  for await (const piece of process.stdin) splitter.push(piece as Buffer).forEach(say);
  splitter.rest().forEach(say);
} else {
  const appended = new AppendedLines(file);
  for (;;) {
    appended.next().forEach(say);
    await delay(LOOK_MS);
  }
}
