import { Injectable } from '@nestjs/common';
import { Faults } from '@shoal/runtime';
import { Counter, Gauge, Registry } from 'prom-client';
import { AdaptiveConcurrencyLimit } from './adaptive-concurrency-limit.js';
import { ConcurrencyLimit } from './concurrency-limit.js';

/**
 * Half of the searches may take this long, in ms, before fewer are let in. Less than a sixth of the time that a search has when it
 * names none: those let in are answered in time also when they take several times as long as that half.
 */
const SEARCH_TARGET_MS = 150;

/** Kinds of requests with separate limits, so that an overload of one kind does not affect the others. */
export type Traffic = 'search' | 'read' | 'write' | 'bulk';

/** Requests in flight in one frontend, and their concurrency limits. */
@Injectable()
export class AdmissionService {
  readonly searches = new AdaptiveConcurrencyLimit({
    targetMs: SEARCH_TARGET_MS,
    initial: 128,
    min: 8,
    max: 1024,
  });
  private readonly bounds: Record<Traffic, ConcurrencyLimit> = {
    search: this.searches,
    read: new ConcurrencyLimit(256),
    // Each holds a body of at most half a megabyte,
    write: new ConcurrencyLimit(256),
    // each of these some messages of half a megabyte.
    bulk: new ConcurrencyLimit(16),
  };
  private readonly shed: Counter<'traffic'>;

  constructor(
    registry: Registry,
    private readonly faults: Faults,
  ) {
    const { bounds } = this;
    const kinds = Object.keys(bounds) as Traffic[];
    this.shed = new Counter({
      name: 'shoal_admission_shed_total',
      help: 'Requests rejected at once because too many of their kind were under way',
      labelNames: ['traffic'],
      registers: [registry],
    });
    for (const kind of kinds) this.shed.inc({ traffic: kind }, 0);
    new Gauge({
      name: 'shoal_admission_in_flight',
      help: 'Requests under way',
      labelNames: ['traffic'],
      registers: [registry],
      collect(this: Gauge<'traffic'>) {
        for (const kind of kinds) this.set({ traffic: kind }, bounds[kind].inFlight);
      },
    });
    new Gauge({
      name: 'shoal_admission_limit',
      help: 'Requests that may be under way at once',
      labelNames: ['traffic'],
      registers: [registry],
      collect(this: Gauge<'traffic'>) {
        for (const kind of kinds) this.set({ traffic: kind }, bounds[kind].limit);
      },
    });
  }

  /** @returns whether the request may begin; then `leave` must follow */
  enter(traffic: Traffic): boolean {
    const admitted = this.bounds[traffic].enter(this.faults.on('unbounded-queue') ? Infinity : undefined);
    if (!admitted) this.shed.inc({ traffic });
    return admitted;
  }

  leave(traffic: Traffic): void {
    this.bounds[traffic].leave();
  }
}
