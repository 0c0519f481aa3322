import type { RootAnswer } from '@shoal/contracts';

/** A root's answer to one request; `hits` is a JSON array that is passed on unparsed. */
export interface Answered {
  root: string;
  answer: RootAnswer;
  hits: string;
}

/** An answer with the trace context of the request that received it. */
export interface FromRoot extends Answered {
  traceparent: string;
}

/** Origin of an answer: the cache, a flight that another search had begun, or a root. */
export type CacheResult = 'hit' | 'joined' | 'miss';
