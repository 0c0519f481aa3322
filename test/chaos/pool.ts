import type { Write } from './history.ts';
import type { Random } from './random.ts';

/** Documents that nobody writes at the moment. One whose last write is indeterminate is never written again. */
export class Pool {
  private readonly idle: number[] = [];
  private next = 0;

  constructor(size: number) {
    while (this.next < size) this.idle.push(this.next++);
  }

  get begun(): number {
    return this.next;
  }

  take(random: Random): number {
    const number = this.idle.splice(random.whole(0, Math.max(0, this.idle.length - 1)), 1)[0];
    return number ?? this.next++;
  }

  giveBack(number: number, { outcome }: Write): void {
    this.idle.push(outcome === 'indeterminate' ? this.next++ : number);
  }
}
