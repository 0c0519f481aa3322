import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Says why its part is not ready, in words for an operator, or null when it is. Must be cheap: probes call it often. */
export type ReadinessCheck = () => string | null;

/** The named conditions under which this process can do its work. Any provider adds its own. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private readonly checks = new Map<string, ReadinessCheck>();
  private leaving = false;

  /** @throws Error when the name is taken: two parts would hide each other's state */
  add(name: string, check: ReadinessCheck): void {
    if (this.checks.has(name))
      throw new Error(`readiness check "${name}" exists already; choose another name`);
    this.checks.set(name, check);
  }

  /** The first step of an end: nobody new should come while what is under way is finished. */
  onModuleDestroy(): void {
    this.leaving = true;
  }

  /** What is not ready, by name; empty when the process is. */
  missing(): Record<string, string> {
    const missing: Record<string, string> = this.leaving ? { process: 'it is ending' } : {};
    for (const [name, check] of this.checks) {
      const reason = check();
      if (reason !== null) missing[name] = reason;
    }
    return missing;
  }
}
