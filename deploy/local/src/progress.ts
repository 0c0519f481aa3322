import type { WriteStream } from 'node:tty';

const BAR_CELLS = 30;
const REDRAW_MS = 100;
const LINE_EVERY_MS = 3000;

/** Prints progress: on a terminal one line that is redrawn, elsewhere a line every few seconds. */
export class Progress {
  private shownAt = -Infinity;
  private drawn = false;

  /** @param startedAt epoch ms that times are counted from */
  constructor(
    private readonly startedAt: number,
    private readonly out: Pick<WriteStream, 'write'> & { isTTY?: boolean } = process.stderr,
  ) {}

  /** One line with the time. */
  say(text: string): void {
    this.clear();
    this.out.write(`${this.elapsed()}  ${text}\n`);
  }

  /**
   * Shows a share of work done; calls that come too soon after the last one show nothing.
   * @param share 0 to 1
   */
  show(share: number, text: string): void {
    const now = performance.now();
    if (now - this.shownAt < (this.out.isTTY ? REDRAW_MS : LINE_EVERY_MS)) return;
    this.shownAt = now;
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    if (!this.out.isTTY) {
      this.out.write(`${this.elapsed()}  ${percent}  ${text}\n`);
      return;
    }
    const full = Math.round(Math.min(1, share) * BAR_CELLS);
    const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
    this.out.write(`\r\x1b[K${this.elapsed()}  ${bar} ${percent}  ${text}`);
    this.drawn = true;
  }

  private clear(): void {
    if (this.drawn) this.out.write('\r\x1b[K');
    this.drawn = false;
    this.shownAt = -Infinity;
  }

  private elapsed(): string {
    return `${((Date.now() - this.startedAt) / 1000).toFixed(1).padStart(6)} s`;
  }
}
