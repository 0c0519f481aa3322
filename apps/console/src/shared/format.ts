const count = new Intl.NumberFormat('en');

/** Formats a count: 117791 → "117,791". */
export function formatCount(value: number): string {
  return count.format(value);
}

/** Formats a count with its noun: "1 shard", "4 shards". */
export function formatNoun(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** Formats a duration in ms with three digits, and in s from 1 s on: "12.3 ms", "1.2 s". */
export function formatMs(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toFixed(ms >= 9950 ? 0 : 1)} s`;
  if (ms >= 99.95) return `${Math.round(ms)} ms`;
  return `${ms.toFixed(ms >= 9.995 ? 1 : 2)} ms`;
}

/** Formats a latency percentile in ms; 0 means that no query was measured and gives "–". */
export function formatPercentile(ms: number): string {
  return ms === 0 ? '–' : formatMs(ms);
}

/** Formats a rate per second, with one decimal below 10. */
export function formatRate(perSecond: number): string {
  return perSecond >= 9.95 || perSecond === 0 ? formatCount(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** Formats ascending numbers as ranges: [0, 1, 2, 5, 7, 8] → "0–2, 5, 7–8". */
export function formatRanges(numbers: readonly number[]): string {
  const parts: string[] = [];
  let first = 0;
  numbers.forEach((number, at) => {
    if (numbers[at + 1] === number + 1) return;
    const start = numbers[first];
    parts.push(start === number ? `${number}` : `${start}–${number}`);
    first = at + 1;
  });
  return parts.join(', ');
}

/** Formats a time (ms since 1970) as the time of day, with seconds. */
export function formatClock(time: number): string {
  return new Date(time).toLocaleTimeString('en-GB');
}
