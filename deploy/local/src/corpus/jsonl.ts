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
 * Converts a line to Shoal's format. Lines of BEIR's corpora have `_id` instead of `id`, metadata that search does not use,
 * and sometimes no title: the first words of the text replace it. Any other line, an invalid one too, is passed on unchanged
 * for the frontend to validate.
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
