const count = new Intl.NumberFormat('en');

/** 117791 → "117,791". */
export function formatCount(value: number): string {
  return count.format(value);
}

/** "1 shard", "4 shards". */
export function formatNoun(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** A span of time in ms: three figures are enough to compare, and "1.2 s" reads better than "1,200 ms". */
export function formatMs(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toFixed(ms >= 9950 ? 0 : 1)} s`;
  if (ms >= 99.95) return `${Math.round(ms)} ms`;
  return `${ms.toFixed(ms >= 9.995 ? 1 : 2)} ms`;
}

/** A percentile of latency in ms, which is 0 where no query was answered lately. */
export function formatPercentile(ms: number): string {
  return ms === 0 ? '–' : formatMs(ms);
}

/** Queries per second: a decimal only where it says something. */
export function formatRate(perSecond: number): string {
  return perSecond >= 9.95 || perSecond === 0 ? formatCount(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** [0, 1, 2, 5, 7, 8] → "0–2, 5, 7–8". Expects ascending numbers. */
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

/** Time of day, with seconds. */
export function formatClock(time: number): string {
  return new Date(time).toLocaleTimeString('en-GB');
}
