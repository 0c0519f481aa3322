import { ReplicaSelector } from '@shoal/scatter-gather';
import type { Faults } from '@shoal/runtime';

/** Fault one-choice: the first replica that is drawn is asked, however slow or busy it is. */
export class OneChoice extends ReplicaSelector {
  constructor(private readonly faults: Faults) {
    super();
  }

  override choose(candidates: readonly string[]): string | null {
    if (!this.faults.on('one-choice')) return super.choose(candidates);
    return candidates[Math.floor(Math.random() * candidates.length)] ?? null;
  }
}
