/** Limits the number of concurrent requests. */
export class ConcurrencyLimit {
  inFlight = 0;

  constructor(public limit: number) {}

  /** @returns whether one more may begin, where `limit` may; then `leave` must follow */
  enter(limit = this.limit): boolean {
    if (this.inFlight >= limit) return false;
    this.inFlight++;
    return true;
  }

  leave(): void {
    this.inFlight--;
  }
}
