import type { Random } from './random.ts';
import type { Question } from './truth.ts';
import { COHORT, cohortOf, EVERYWHERE, GROUPS, idOf, ORDINARY, ROUTING_KEYS } from './vocabulary.ts';

/** Hits asked for: the most there can be, so that an answer holds all matches. */
export const SIZE = 1_000;

/** A question whose answer is known. @param begun how many documents there are */
export function ask(random: Random, begun: number): Question {
  const kind = random.weighted({ group: 6, groups: 2, both: 2, routing: 3, one: 2, cohorts: 1 });
  if (kind === 'one') return { words: [idOf(random.whole(0, begun - 1))], operator: 'or' };
  if (kind === 'routing') return { words: [EVERYWHERE], operator: 'or', routing: random.pick(ROUTING_KEYS) };
  if (kind === 'both') return { words: [random.pick(GROUPS), random.pick(ORDINARY)], operator: 'and' };
  if (kind === 'groups') return { words: [random.pick(GROUPS), random.pick(GROUPS)], operator: 'or' };
  if (kind === 'cohorts') {
    const first = random.whole(0, begun - 1);
    return { words: [cohortOf(first), cohortOf(first + COHORT), random.pick(ORDINARY)], operator: 'or' };
  }
  // The first groups are asked for again and again: some of the answers come from a cache.
  return {
    words: [GROUPS[Math.min(random.whole(0, GROUPS.length - 1), random.whole(0, GROUPS.length - 1))]!],
    operator: 'or',
  };
}

/** As a path with parameters. */
export function pathOf({ words, operator, routing }: Question, more: Record<string, string> = {}): string {
  const parameters = {
    q: words.join(' '),
    operator,
    size: String(SIZE),
    ...(routing && { routing }),
    ...more,
  };
  return `/api/search?${new URLSearchParams(parameters).toString()}`;
}
