import { read, search } from './judged.ts';
import type { Load } from './load.ts';
import { ask } from './questions.ts';
import type { Random } from './random.ts';
import { idOf } from './vocabulary.ts';

const TIMEOUT_MS = 3_000;

/** Searches and reads at random, and counts what comes of it. */
export class Reader {
  private readonly load: Load;
  private readonly random: Random;

  constructor(load: Load, random: Random) {
    this.load = load;
    this.random = random;
  }

  read(): Promise<void> {
    return this.random.chance(20) ? this.readOne() : this.search();
  }

  private async search(): Promise<void> {
    const { counts } = this.load.journal;
    const answer = await search(this.load, ask(this.random, this.load.pool.begun), TIMEOUT_MS);
    if (!answer) counts.failed++;
    else if (answer.coverage.degraded) counts.degraded++;
    else counts.answers++;
  }

  private async readOne(): Promise<void> {
    const { counts } = this.load.journal;
    const document = this.load.history.of(idOf(this.random.whole(0, this.load.pool.begun - 1)));
    if ((await read(this.load, document, TIMEOUT_MS)) === undefined) counts.failed++;
    else counts.reads++;
  }
}
