import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** One line for `POST /api/documents`, with the id of its document (undefined when the line cannot be read). */
export interface CorpusLine {
  id: string | undefined;
  line: string;
}

const TITLE_WORDS = 8;

/** The lines of a file, one document each; empty lines are left out. */
export async function* readJsonLines(file: string): AsyncIterable<CorpusLine> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (line.trim() !== '') yield toDocument(line);
  }
}

/**
 * A line as Shoal takes it. Lines of BEIR's corpora have `_id` where we have `id`, metadata that search has no use for,
 * and sometimes no title: the first words of the text then stand in for it. Any other line, a broken one too, is passed
 * on as it is, for the frontend to judge.
 */
export function toDocument(line: string): CorpusLine {
  let parsed: Partial<Record<'id' | '_id' | 'title' | 'text', unknown>> | null;
  try {
    parsed = JSON.parse(line) as typeof parsed;
  } catch {
    return { id: undefined, line };
  }
  const { id, _id: beirId, title, text } = parsed ?? {};
  if (typeof beirId !== 'string') return { id: typeof id === 'string' ? id : undefined, line };
  const named = typeof title === 'string' && title.trim() !== '';
  const head = typeof text === 'string' ? text.trim().split(/\s+/).slice(0, TITLE_WORDS).join(' ') : title;
  return { id: beirId, line: JSON.stringify({ id: beirId, title: named ? title : head, text }) };
}
