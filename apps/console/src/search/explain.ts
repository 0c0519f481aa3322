import type { Attempt, ShardProfile } from '@shoal/contracts';
import { formatMs, formatNoun } from '../shared/format.js';
import { answerOf, attemptsOf, outcomeText, type Profile, rootAttemptsOf } from './attempts.js';

/** Reason why an answer took its time, in one or two sentences, and the attempt that delayed it, if one did. */
export interface Explanation {
  text: string;
  straggler: Attempt | null;
}

/** Maximum number of missing shards that the text names. */
const MAX_NAMED = 2;

/**
 * Explains the duration of an answer: a cache hit, missing shards, a hedge or retry, or the slowest part.
 * @param tookMs duration of the whole answer, as the frontend measured it
 */
export function explain(tookMs: number, profile: Profile): Explanation {
  if (profile.cached)
    return plain(
      `${profile.frontend} answered from its cache or from an identical search in flight, so no shard was queried.`,
    );
  const missing = profile.shards.filter(isMissing).toSorted((a, b) => a.shard - b.shard);
  if (missing.length > 0) return plain(explainMissing(missing));
  const slowest = profile.shards.toSorted((a, b) => endOf(b) - endOf(a));
  return explainResent(tookMs, profile, slowest[0]) ?? explainSlowest(tookMs, profile, slowest);
}

function isMissing(shard: ShardProfile): boolean {
  return shard.replica === null || answerOf(attemptsOf(shard)) === undefined;
}

function explainMissing(missing: readonly ShardProfile[]): string {
  const named = missing.slice(0, MAX_NAMED).map(explainOneMissing);
  const more = missing.length - named.length;
  return [...named, ...(more > 0 ? [`${formatNoun(more, 'more shard')} did not respond.`] : [])].join(' ');
}

function explainOneMissing(profile: ShardProfile): string {
  const { shard } = profile;
  const attempts = attemptsOf(profile);
  if (answerOf(attempts)) return `Shard ${shard} did not send the documents of its hits in time.`;
  if (attempts.length === 0) return `No response from shard ${shard}: it had no replica to query.`;
  const endMs = Math.max(...attempts.map(({ startMs, tookMs }) => startMs + tookMs));
  // Unreachable and silent replicas are retried several times; name each once, by its longest attempt.
  const failures = [...Map.groupBy(attempts, ({ replica }) => replica).values()].map((ofReplica) =>
    failureText(ofReplica.toSorted((a, b) => b.tookMs - a.tookMs)[0]),
  );
  return `No response from shard ${shard} within ${formatMs(endMs)}: ${failures.join(', ')}.`;
}

function failureText(attempt: Attempt): string {
  const { replica, outcome, tookMs } = attempt;
  const rejected = outcome === 'rejected' || outcome === 'expired';
  return `${replica} ${rejected ? outcomeText(attempt) : `did not respond for ${formatMs(tookMs)}`}`;
}

/** Explains an answer that came from a hedge or retry, if the delay before it was a quarter of the time or more. */
function explainResent(
  tookMs: number,
  { roots = [] }: Profile,
  slowest: ShardProfile | undefined,
): Explanation | null {
  const targets = [
    { prefix: '', attempts: roots },
    ...(slowest ? [{ prefix: `Shard ${slowest.shard} was slow: `, attempts: attemptsOf(slowest) }] : []),
  ];
  const [worst] = targets.toSorted((a, b) => resendDelay(b.attempts) - resendDelay(a.attempts));
  const delayMs = resendDelay(worst.attempts);
  if (delayMs === 0 || delayMs < tookMs / 4) return null;
  const first = worst.attempts[0];
  const answer = answerOf(worst.attempts)!;
  const delay = formatMs(delayMs);
  const isSame = first.replica === answer.replica;
  const problem =
    first.outcome === 'rejected'
      ? `${first.replica} ${outcomeText(first)}, so the query was sent ${isSame ? 'again' : `to ${answer.replica}`} after ${delay}`
      : `${first.replica} had not responded after ${delay}, so the query was ${isSame ? 'sent again' : `also sent to ${answer.replica}`}`;
  return {
    text: `${worst.prefix}${problem} and answered in ${formatMs(answer.tookMs)}.`,
    straggler: first,
  };
}

/** Returns the delay from the first attempt to the one that was answered, in ms. */
function resendDelay(attempts: readonly Attempt[]): number {
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
    return plain(`Most of the time, ${formatMs(fetchMs)}, went into fetching documents from shard ${shard}.`);
  const answer = answerOf(attemptsOf(slowest))!;
  const time = formatMs(answer.tookMs);
  if (answer.tookMs < tookMs / 2)
    return plain(
      `No shard was slow: the slowest, shard ${shard}, took ${time}. ${largestRemainder(tookMs, profile, slowest)}`,
    );
  const median = endOf(byEnd[byEnd.length >> 1]);
  const isStraggler = byEnd.length > 1 && endOf(slowest) >= 2 * median;
  return {
    text: `Shard ${shard} took the longest: ${answer.replica} responded after ${time}, ${largestPart(slowest)}.`,
    // The first attempt is the straggler, also when a hedge was hardly faster.
    straggler: isStraggler ? attemptsOf(slowest)[0] : null,
  };
}

/** Names the part that took most of the time outside the shards. */
function largestRemainder(tookMs: number, profile: Profile, slowest: ShardProfile): string {
  const { frontend, root, rootMs, shards } = profile;
  const sentMs = Math.min(...shards.map((shard) => attemptsOf(shard)[0].startMs));
  const answer = answerOf(rootAttemptsOf(tookMs, profile));
  const roundTripMs = answer?.tookMs ?? rootMs;
  const parts: [number, string][] = [
    [tookMs - roundTripMs, `in ${frontend}`],
    [roundTripMs - rootMs, `on the network between ${frontend} and ${root}`],
    [rootMs - (endOf(slowest) - sentMs), `in ${root}`],
  ];
  const [ms, where] = parts.toSorted(([a], [b]) => b - a)[0];
  return `Most of the remaining time, ${formatMs(ms)}, was spent ${where}.`;
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

function largestPart({ queueMs, searchMs, networkMs }: ShardProfile): string {
  const largest = Math.max(queueMs, searchMs, networkMs);
  if (largest === queueMs) return `${formatMs(queueMs)} of it in its queue`;
  if (largest === searchMs) return `${formatMs(searchMs)} of it searching`;
  return `${formatMs(networkMs)} of it on the network`;
}

function plain(text: string): Explanation {
  return { text, straggler: null };
}
