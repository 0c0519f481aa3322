import { markMatches } from './highlight.js';

/** Text as text, whatever it holds, with the matching words marked. */
export function MarkedText({ text, terms }: { text: string; terms: ReadonlySet<string> }) {
  return <>{markMatches(text, terms).map(({ text, marked }) => (marked ? <mark>{text}</mark> : text))}</>;
}
