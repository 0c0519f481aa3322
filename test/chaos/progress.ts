import type { Violation } from './violation.ts';

/** Numbers that only grow, each as one observer sees them from one place: a frontend's epoch, a root's. */
export class Progress {
  private readonly highest = new Map<string, number>();

  /**
   * To be called with what was seen in the order of seeing, each asked after the one before was answered.
   * @param of names the number and the process that told it
   */
  check(of: string, seen: number): Violation[] {
    const before = this.highest.get(of) ?? -Infinity;
    if (seen >= before) {
      this.highest.set(of, seen);
      return [];
    }
    return [
      { rule: 'epoch and fencing token never go back', detail: `${of}: ${seen} after ${before}`, ids: [] },
    ];
  }
}
