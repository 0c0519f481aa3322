import type { ClusterView, SearchAnswer } from '@shoal/contracts';
import type { Journal } from './journal.ts';
import { get } from './judged.ts';
import { Progress } from './progress.ts';
import { pathOf } from './questions.ts';
import { EVERYWHERE } from './vocabulary.ts';

const TIMEOUT_MS = 3_000;

/** Watches through one frontend, one question at a time, that what may only grow does so. */
export class Observer {
  private readonly frontend: string;
  private readonly journal: Journal;
  private readonly progress = new Progress();

  constructor(frontend: string, journal: Journal) {
    this.frontend = frontend;
    this.journal = journal;
  }

  /** @param url where this frontend listens now */
  async observe(url: string): Promise<void> {
    await this.cluster(url);
    await this.answer(url);
  }

  private async cluster(url: string): Promise<void> {
    const reply = await get({ url, journal: this.journal }, '/api/cluster', TIMEOUT_MS);
    if (!reply) return;
    const { epoch, leader, fencingToken } = reply.body as ClusterView & { fencingToken?: number | null };
    this.journal.epochs.add(epoch);
    const violations = this.progress.check(`epoch of ${this.frontend}`, epoch);
    if (typeof fencingToken === 'number') {
      if (!this.journal.tokens.has(fencingToken))
        this.journal.note(`${leader} owns, fencing token ${fencingToken}`);
      this.journal.tokens.add(fencingToken);
      violations.push(...this.progress.check(`fencing token of ${this.frontend}`, fencingToken));
    }
    this.journal.judge(violations, reply.receivedAt, () => JSON.stringify({ epoch, leader, fencingToken }));
  }

  /** Roots hear of an epoch each in its own time, and a kept answer is up to a second old: so by root, and none that was kept. */
  private async answer(url: string): Promise<void> {
    const path = pathOf({ words: [EVERYWHERE], operator: 'or' }, { size: '1', profile: 'true' });
    const reply = await get({ url, journal: this.journal }, path, TIMEOUT_MS);
    if (!reply) return;
    const { epoch, profile } = reply.body as SearchAnswer;
    if (!profile || profile.cached) return;
    this.journal.epochs.add(epoch);
    const violations = this.progress.check(`epoch of ${profile.root}`, epoch);
    this.journal.judge(violations, reply.receivedAt, () => JSON.stringify({ epoch, profile }));
  }
}
