import { ReplicaBoard } from '@shoal/scatter-gather';
import type { Faults } from '@shoal/service';

/** Fault one-choice: the first replica that is drawn is asked, however slow or busy it is. */
export class OneChoice extends ReplicaBoard {
  constructor(private readonly faults: Faults) {
    super();
  }

  override choose(candidates: readonly string[]): string | null {
    if (!this.faults.on('one-choice')) return super.choose(candidates);
    return candidates[Math.floor(Math.random() * candidates.length)] ?? null;
  }
}
