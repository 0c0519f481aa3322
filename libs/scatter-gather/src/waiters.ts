/** Those who wait for the same thing to happen, each for as long as it can. */
export class Waiters {
  private readonly waiting = new Set<() => void>();

  /** Resolves when they are woken next; or after `waitMs`. */
  wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, waitMs);
      this.waiting.add(go);
    });
  }

  wake(): void {
    for (const go of this.waiting) go();
  }
}
