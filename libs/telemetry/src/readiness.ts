import { Injectable } from '@nestjs/common';

/** Says why its part is not ready, in words for an operator, or null when it is. Must be cheap: probes call it often. */
export type ReadinessCheck = () => string | null;

/** The named conditions under which this process can do its work. Any provider adds its own. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();

  /** @throws Error when the name is taken: two parts would hide each other's state */
  add(name: string, check: ReadinessCheck): void {
    if (this.checks.has(name))
      throw new Error(`readiness check "${name}" exists already; choose another name`);
    this.checks.set(name, check);
  }

  /** What is not ready, by name; empty when the process is. */
  missing(): Record<string, string> {
    const missing: Record<string, string> = {};
    for (const [name, check] of this.checks) {
      const reason = check();
      if (reason !== null) missing[name] = reason;
    }
    return missing;
  }
}
