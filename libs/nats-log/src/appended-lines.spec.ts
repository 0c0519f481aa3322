import { appendFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { AppendedLines } from './appended-lines.js';

const folder = mkdtempSync(path.join(tmpdir(), 'shoal-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => path.join(folder, `${++files}.log`);

it('gives each line once and in order, wherever the writes were cut', () => {
  const text = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', '⏎')));
  const cuts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(text, cuts, (lines, cuts) => {
      const file = newFile();
      const appended = new AppendedLines(file);
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const seen: string[] = [];
      let written = 0;
      for (const cut of [...cuts, bytes.length]) {
        appendFileSync(file, bytes.subarray(written, written + cut));
        written = Math.min(bytes.length, written + cut);
        seen.push(...appended.next());
      }
      expect(seen).toEqual(lines);
    }),
    { numRuns: 50 },
  );
});

it('has nothing of a file that is not there, and begins anew with one that was', () => {
  const file = newFile();
  const appended = new AppendedLines(file);
  expect(appended.next()).toEqual([]);
  appendFileSync(file, 'a line\nanother');
  expect(appended.next()).toEqual(['a line']);
  truncateSync(file);
  appendFileSync(file, 'later\n');
  expect(appended.next()).toEqual(['later']);
});

it('reads what is longer than one chunk', () => {
  const file = newFile();
  const long = 'é'.repeat(100_000);
  appendFileSync(file, `${long}\nshort\n`);
  expect(new AppendedLines(file).next()).toEqual([long, 'short']);
});
