import type { SearchAnswer } from '@shoal/contracts';
import type { Span } from './truth.ts';

/** A request and its answer in short: of hits only which versions of which documents they are. */
export function telling(path: string, { sentAt, receivedAt }: Span, answer: unknown): string {
  const short = isSearchAnswer(answer)
    ? {
        ...answer,
        hits: answer.hits.map(
          ({ id, fields, shard }) => `${id} v${Number(fields?.version)} of shard ${shard}`,
        ),
      }
    : answer;
  return `GET ${path} (took ${(receivedAt - sentAt).toFixed(0)} ms)\n${JSON.stringify(short, null, 1)}`;
}

function isSearchAnswer(answer: unknown): answer is SearchAnswer {
  return typeof answer === 'object' && answer !== null && 'hits' in answer;
}
