const NEWLINE = 0x0a;

/** Bytes that come in pieces, as lines. A character may be cut in two by a piece's end, a line break never. */
export class LineSplitter {
  private unfinished = Buffer.alloc(0);

  /** The lines that this piece finishes. */
  push(piece: Buffer): string[] {
    const end = piece.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.unfinished = Buffer.concat([this.unfinished, piece]);
      return [];
    }
    const whole = Buffer.concat([this.unfinished, piece.subarray(0, end)]).toString();
    this.unfinished = Buffer.from(piece.subarray(end + 1));
    return whole.split('\n');
  }

  /** What came after the last line break. */
  rest(): string[] {
    return this.unfinished.length > 0 ? this.push(Buffer.of(NEWLINE)) : [];
  }
}
