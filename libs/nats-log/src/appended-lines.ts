import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { LineSplitter } from './line-splitter.js';

const PIECE_BYTES = 64 * 1024;

/** Reads a file that somebody else appends to, whole lines at a time, each line once. */
export class AppendedLines {
  private position = 0;
  private splitter = new LineSplitter();

  constructor(private readonly path: string) {}

  /** The lines that have been finished since the last call; none while there is no file. One that has become shorter was begun again. */
  next(): string[] {
    if (!existsSync(this.path)) return [];
    const file = openSync(this.path, 'r');
    try {
      const { size } = fstatSync(file);
      if (size < this.position) {
        this.position = 0;
        this.splitter = new LineSplitter();
      }
      return this.read(file, size);
    } finally {
      closeSync(file);
    }
  }

  private read(file: number, size: number): string[] {
    const lines: string[] = [];
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, size - this.position));
    while (this.position < size) {
      const bytes = readSync(file, piece, 0, piece.length, this.position);
      if (bytes === 0) break;
      this.position += bytes;
      lines.push(...this.splitter.push(piece.subarray(0, bytes)));
    }
    return lines;
  }
}
