import { describe, expect, it } from 'vitest';
import { type Options, parseOptions } from '../options.ts';
import { explain, passed } from '../report.ts';
import { runChaos } from '../run.ts';

describe('a cluster whose processes are killed, paused and slowed under load', () => {
  it('gives no wrong answer and heals', { timeout: 180_000 }, async () => {
    const run = await runChaos(parseOptions(['--seed', '1', '--minutes', '0.25']) as Options);
    if (!passed(run.journal)) throw new Error(explain(run));
    // A run in which little happened would pass as well.
    expect(run.history.count('acknowledged')).toBeGreaterThan(50);
    expect(run.journal.counts.faults).toBeGreaterThan(5);
  });
});
