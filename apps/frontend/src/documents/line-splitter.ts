const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** A line of a stream, or null for one that was too long to keep. */
export interface Line {
  number: number;
  text: string | null;
}

/** Cuts a stream of bytes into lines. It never holds more than one line of `maxBytes`; the rest of a longer one is dropped. */
export class LineSplitter {
  private parts: Buffer[] = [];
  private held = 0;
  private overlong = false;
  private number = 0;

  constructor(private readonly maxBytes: number) {}

  /** @returns the lines that this chunk completes */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.hold(chunk.subarray(start, end));
      yield this.take();
      start = end + 1;
    }
    this.hold(chunk.subarray(start));
  }

  /** @returns the last line when it does not end in a line feed */
  *end(): Generator<Line> {
    if (this.held > 0 || this.overlong) yield this.take();
  }

  private hold(part: Buffer): void {
    if (this.held + part.length > this.maxBytes) {
      this.overlong = true;
      this.parts = [];
    }
    this.held += part.length;
    if (!this.overlong && part.length > 0) this.parts.push(part);
  }

  private take(): Line {
    const bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    const text = this.overlong ? null : bytes.toString('utf8', 0, end);
    this.parts = [];
    this.held = 0;
    this.overlong = false;
    return { number: ++this.number, text };
  }
}
