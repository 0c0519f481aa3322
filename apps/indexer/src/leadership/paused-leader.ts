import { Injectable, Logger } from '@nestjs/common';
import { LEASE_TTL_MS } from '@shoal/contracts';
import { Faults } from '@shoal/runtime';
import type { LeadershipTerm } from './leadership-term.js';

/** The lease runs out, another indexer wins it and has some seconds to write. */
const PAUSE_MS = 2 * LEASE_TTL_MS;
/** Delay between the election and the pause, in ms; without it no leader would ever finish a batch. */
const SPARED_MS = 3_000;

/** Fault paused-leader: a leader freezes with a batch in flight for longer than its lease lasts. */
@Injectable()
export class PausedLeader {
  private readonly logger = new Logger('faults');
  private readonly struck = new WeakSet<LeadershipTerm>();

  constructor(private readonly faults: Faults) {}

  /** Freezes the process once in a term, lease renewals included, as a long garbage collection would. */
  strike(term: LeadershipTerm): void {
    if (!this.faults.on('paused-leader') || term.ageMs < SPARED_MS || this.struck.has(term)) return;
    this.struck.add(term);
    this.logger.warn(`paused-leader: frozen for ${PAUSE_MS} ms with a batch in flight`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}
