import type { Attempt, ShardProfile } from '@shoal/contracts';
import { formatMs } from '../format.js';
import { answerOf, attemptsOf, outcomeInWords, type Profile, rootAttemptsOf } from './attempts.js';

/** What took the time of an answer, in a sentence, and the attempt that held it up, if one did. */
export interface Explanation {
  text: string;
  straggler: Attempt | null;
}

/** Shards named when several are silent. */
const NAMED = 2;

/** @param tookMs the whole answer, as the frontend measured it */
export function explain(tookMs: number, profile: Profile): Explanation {
  if (profile.cached)
    return plain(
      `${profile.frontend} had this answer in its cache, or on its way already: no shard was asked for this search.`,
    );
  const silent = profile.shards.filter(isSilent).toSorted((a, b) => a.shard - b.shard);
  if (silent.length > 0) return plain(whySilent(silent));
  const slowest = profile.shards.toSorted((a, b) => endOf(b) - endOf(a));
  return explainReplaced(tookMs, profile, slowest[0]) ?? explainSlowest(tookMs, profile, slowest);
}

function isSilent(shard: ShardProfile): boolean {
  return shard.replica === null || answerOf(attemptsOf(shard)) === undefined;
}

function whySilent(silent: readonly ShardProfile[]): string {
  const named = silent.slice(0, NAMED).map(whyOneIsSilent);
  const more = silent.length - named.length;
  return [...named, ...(more > 0 ? [`Nor from ${more} more.`] : [])].join(' ');
}

function whyOneIsSilent(profile: ShardProfile): string {
  const { shard } = profile;
  const attempts = attemptsOf(profile);
  if (answerOf(attempts)) return `Shard ${shard} did not send the documents of its hits in time.`;
  if (attempts.length === 0) return `No answer from shard ${shard}: there was no replica to ask.`;
  const endMs = Math.max(...attempts.map(({ startMs, tookMs }) => startMs + tookMs));
  // Who was not there, or silent, is asked again and again, and named once: by the try that took longest.
  const failures = [...Map.groupBy(attempts, ({ replica }) => replica).values()].map((tries) =>
    failureInWords(tries.toSorted((a, b) => b.tookMs - a.tookMs)[0]),
  );
  return `No answer from shard ${shard} in ${formatMs(endMs)}: ${failures.join(', ')}.`;
}

function failureInWords(attempt: Attempt): string {
  const { replica, outcome, tookMs } = attempt;
  const failed = outcome === 'rejected' || outcome === 'expired';
  return `${replica} ${failed ? outcomeInWords(attempt) : `was silent for ${formatMs(tookMs)}`}`;
}

/** For an answer that came from a hedge or a retry, when the wait for the first try was a good part of its time. */
function explainReplaced(
  tookMs: number,
  { roots = [] }: Profile,
  slowest: ShardProfile | undefined,
): Explanation | null {
  const tries = [
    { whose: '', attempts: roots },
    ...(slowest ? [{ whose: `Shard ${slowest.shard} was slow: `, attempts: attemptsOf(slowest) }] : []),
  ];
  const [worst] = tries.toSorted((a, b) => waitOf(b.attempts) - waitOf(a.attempts));
  const waitMs = waitOf(worst.attempts);
  if (waitMs === 0 || waitMs < tookMs / 4) return null;
  const first = worst.attempts[0];
  const answer = answerOf(worst.attempts)!;
  const wait = formatMs(waitMs);
  const isSame = first.replica === answer.replica;
  const problem =
    first.outcome === 'rejected'
      ? `${first.replica} ${outcomeInWords(first)}; after ${wait} ${answer.replica} was asked${isSame ? ' again' : ''}`
      : `${first.replica} had not answered after ${wait}, so ${answer.replica} was asked ${isSame ? 'again' : 'too'}`;
  return {
    text: `${worst.whose}${problem}, and answered in ${formatMs(answer.tookMs)}.`,
    straggler: first,
  };
}

/** How long after the first try the one began that answered. */
function waitOf(attempts: readonly Attempt[]): number {
  const answer = answerOf(attempts);
  return answer ? answer.startMs - attempts[0].startMs : 0;
}

/** @param byEnd the shards, the last one to answer first */
function explainSlowest(tookMs: number, profile: Profile, byEnd: readonly ShardProfile[]): Explanation {
  const [slowest] = byEnd;
  if (!slowest) return plain('');
  const { shard } = slowest;
  const fetchMs = fetchMsOf(slowest);
  if (fetchMs > tookMs / 2)
    return plain(`Most of it went into the documents that shard ${shard} sent later: ${formatMs(fetchMs)}.`);
  const answer = answerOf(attemptsOf(slowest))!;
  const time = formatMs(answer.tookMs);
  if (answer.tookMs < tookMs / 2)
    return plain(
      `No shard was slow: the slowest, shard ${shard}, took ${time}. ${mostElsewhere(tookMs, profile, slowest)}`,
    );
  const median = endOf(byEnd[byEnd.length >> 1]);
  const isStraggler = byEnd.length > 1 && endOf(slowest) >= 2 * median;
  return {
    text: `Shard ${shard} took the longest: ${answer.replica} answered after ${time}, ${mostOf(slowest)}.`,
    // Whoever was asked first, also when a hedge was hardly quicker.
    straggler: isStraggler ? attemptsOf(slowest)[0] : null,
  };
}

/** Where the larger part of the time was spent that was not spent waiting for shards. */
function mostElsewhere(tookMs: number, profile: Profile, slowest: ShardProfile): string {
  const { frontend, root, rootMs, shards } = profile;
  const askedMs = Math.min(...shards.map((shard) => attemptsOf(shard)[0].startMs));
  const answer = answerOf(rootAttemptsOf(tookMs, profile));
  const tripMs = answer?.tookMs ?? rootMs;
  const parts: [number, string][] = [
    [tookMs - tripMs, `in ${frontend} itself`],
    [tripMs - rootMs, `on the way between ${frontend} and ${root}`],
    [rootMs - (endOf(slowest) - askedMs), `in ${root} itself`],
  ];
  const [ms, where] = parts.toSorted(([a], [b]) => b - a)[0];
  return `Most of the rest, ${formatMs(ms)}, was spent ${where}.`;
}

function endOf(shard: ShardProfile): number {
  const done = attemptsOf(shard).filter(({ outcome }) => outcome === 'answered');
  return Math.max(0, ...done.map(({ startMs, tookMs }) => startMs + tookMs));
}

function fetchMsOf(shard: ShardProfile): number {
  const fetches = attemptsOf(shard).filter(({ kind }) => kind === 'fetch');
  if (fetches.length === 0) return 0;
  return endOf(shard) - Math.min(...fetches.map(({ startMs }) => startMs));
}

function mostOf({ queueMs, searchMs, networkMs }: ShardProfile): string {
  const most = Math.max(queueMs, searchMs, networkMs);
  if (most === queueMs) return `${formatMs(queueMs)} of them in its queue`;
  if (most === searchMs) return `${formatMs(searchMs)} of them searching`;
  return `${formatMs(networkMs)} of them on the way`;
}

function plain(text: string): Explanation {
  return { text, straggler: null };
}
