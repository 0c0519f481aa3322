import type { DocumentHistory, Write } from './history.ts';
import { argumentsOf } from './options.ts';
import type { Run } from './run.ts';

/** Rules broken that are shown; the rest is counted. */
const SHOWN = 5;

/** One line: whether all was right, and how much was tried. */
export function verdict({ options, journal, history, startedAt, endedAt }: Run): string {
  const { answers, degraded, reads, failed, faults } = journal.counts;
  return [
    `chaos ${passed(journal) ? 'passed' : 'FAILED'}, seed ${options.seed}: ${history.count('acknowledged')} writes acknowledged`,
    `${history.count('indeterminate')} indeterminate`,
    `${answers + reads} answers checked`,
    `${degraded} degraded`,
    `${failed} failed`,
    `${faults} faults injected`,
    `${journal.epochs.size} epochs`,
    `${journal.tokens.size} owners`,
    `${((endedAt - startedAt) / 1000).toFixed(1)} s`,
  ].join(', ');
}

/** The counts that a verdict names. */
export function countsOf(verdict: string): [what: string, count: number][] {
  const counts = verdict.slice(verdict.indexOf(':') + 1).split(', ');
  return counts.flatMap((text): [string, number][] => {
    const [, count, what] = /^ ?(\d+) ([a-z ]+)$/.exec(text) ?? [];
    return what === undefined ? [] : [[what, Number(count)]];
  });
}

export const passed = ({ failures }: Run['journal']): boolean => failures.length === 0;

/** What a failed run has to show: the broken rules, the writes of the documents concerned, and what was done when. */
export function explain(run: Run): string {
  const { options, journal, history, startedAt } = run;
  const ms = (at: number) => `${(at - startedAt).toFixed(0).padStart(6)} ms`;
  const { failures } = journal;
  const shown = failures.slice(0, SHOWN);
  const ids = new Set(shown.flatMap(({ violation }) => violation.ids));
  return [
    ...shown.map(({ violation, at }) => `${ms(at)}  BROKEN: ${violation.rule}. ${violation.detail}`),
    ...(failures.length > SHOWN ? [`and ${failures.length - SHOWN} more`] : []),
    ...new Set(shown.map(({ evidence }) => evidence)),
    ...[...ids].filter((id) => history.has(id)).map((id) => writesOf(history.of(id), ms)),
    'What was done:',
    ...journal.timeline.toSorted((a, b) => a.at - b.at).map(({ at, event }) => `${ms(at)}  ${event}`),
    `Again: npm run chaos -- ${argumentsOf(options).join(' ')}`,
  ].join('\n');
}

function writesOf({ id, writes }: DocumentHistory, ms: (at: number) => string): string {
  return [
    `Writes of ${id}:`,
    ...writes.slice(1).map((write) => `${ms(write.sentAt)}  ${told(write, ms)}`),
  ].join('\n');
}

function told(
  { version, body, via, outcome, endedAt, confirmedAt }: Write,
  ms: (at: number) => string,
): string {
  const what = body
    ? `"${body.text}"${body.routing === undefined ? '' : ` routed ${body.routing}`}`
    : 'deletion';
  const came =
    outcome === 'open'
      ? 'open'
      : `${confirmedAt < Infinity ? 'confirmed' : outcome} at ${ms(endedAt).trim()}`;
  return `version ${version}, ${via}, ${came}: ${what}`;
}
