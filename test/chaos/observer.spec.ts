import { expect, it } from 'vitest';
import { answering } from '../cluster/stand-ins.ts';
import { Journal } from './journal.ts';
import { Observer } from './observer.ts';

async function rulesBrokenBy(status: number): Promise<string[]> {
  const journal = new Journal();
  const url = await answering((_, response) => response.writeHead(status).end('{}'));
  await new Observer('frontend-0', journal).observe(url);
  return journal.failures.map(({ violation }) => violation.rule);
}

it('takes a 500 for a fault, and a 503 for one of the answers to be expected', async () => {
  // Of /api/cluster, and of the search.
  expect(await rulesBrokenBy(500)).toEqual(['no wrong status', 'no wrong status']);
  expect(await rulesBrokenBy(503)).toEqual([]);
});
