import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DataFolder } from './data-folder.js';
import { commandLine } from './process-identity.js';

const layout = { nats: 1, partitions: 64 };
let place: string;
beforeEach(() => (place = mkdtempSync(path.join(tmpdir(), 'shoal-data-'))));
afterEach(() => rmSync(place, { recursive: true }));

it('makes the folder, also below folders that are not there yet', () => {
  const folder = DataFolder.open(path.join(place, 'a/b'), layout);
  expect(readdirSync(folder.root).toSorted()).toEqual(['layout.json', 'lock', 'logs', 'nats']);
  folder.close();
});

it('lets one run in at a time', () => {
  const first = DataFolder.open(place, layout);
  expect(() => DataFolder.open(place, layout)).toThrow(`in use by process ${process.pid}`);
  first.close();
  DataFolder.open(place, layout).close();
});

it('takes over from a run that was killed', () => {
  // No process has this pid: Linux and macOS stay below it.
  writeFileSync(path.join(place, 'lock'), '99999999 node main.js');
  expect(() => DataFolder.open(place, layout).close()).not.toThrow();
});

it('takes over when the pid of a killed run belongs to another program by now', () => {
  writeFileSync(path.join(place, 'lock'), `${process.ppid} not ${commandLine(process.ppid)}`);
  expect(() => DataFolder.open(place, layout).close()).not.toThrow();
});

it('rejects another layout than the one its streams were made for, and lets go of the lock', () => {
  DataFolder.open(place, layout).close();
  expect(() => DataFolder.open(place, { ...layout, partitions: 32 })).toThrow(
    'was made with --partitions 64',
  );
  DataFolder.open(place, layout).close();
});

it('says in one line that a folder cannot be written', () => {
  writeFileSync(path.join(place, 'file'), '');
  expect(() => DataFolder.open(path.join(place, 'file/data'), layout)).toThrow(
    'give another one with --data',
  );
  expect(() => DataFolder.open('/proc/shoal', layout)).toThrow('cannot be written');
});

it('reads what it wrote, and nothing from a broken file', () => {
  const folder = DataFolder.open(place, layout);
  folder.writeJson('corpus.json', { loaded: [] });
  expect(folder.readJson('corpus.json')).toEqual({ loaded: [] });
  folder.write('corpus.json', '{"loa');
  expect(folder.readJson('corpus.json')).toBeUndefined();
  expect(folder.readJson('missing.json')).toBeUndefined();
  folder.close();
});
