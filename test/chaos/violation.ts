/** One broken rule of docs/truth.md. */
export interface Violation {
  rule: string;
  detail: string;
  /** Documents whose histories are the evidence. */
  ids: string[];
}

/** The cluster is not yet, or not again, as it is when nothing is wrong with it. */
export const unwell = (detail: string): Violation[] => [{ rule: 'the cluster heals', detail, ids: [] }];
