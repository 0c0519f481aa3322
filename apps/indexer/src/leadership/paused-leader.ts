import { Injectable, Logger } from '@nestjs/common';
import { LEASE_TTL_MS } from '@shoal/contracts';
import { Faults } from '@shoal/runtime';
import type { LeadershipTerm } from './leadership-term.js';

/** The lease runs out, another indexer wins it and has some seconds to write. */
const PAUSE_MS = 2 * LEASE_TTL_MS;
/** A leader gets this long before it is struck: otherwise nobody would ever finish anything. */
const SPARED_MS = 3_000;

/** Fault paused-leader: a leader stops dead, with a batch in hand, for longer than its lease lasts. */
@Injectable()
export class PausedLeader {
  private readonly logger = new Logger('faults');
  private readonly struck = new WeakSet<LeadershipTerm>();

  constructor(private readonly faults: Faults) {}

  /** Once in a term. As in a long garbage collection the whole process stands still, the renewals of its lease included. */
  strike(term: LeadershipTerm): void {
    if (!this.faults.on('paused-leader') || term.ageMs < SPARED_MS || this.struck.has(term)) return;
    this.struck.add(term);
    this.logger.warn(`paused-leader: standing still for ${PAUSE_MS} ms with a batch in hand`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}
