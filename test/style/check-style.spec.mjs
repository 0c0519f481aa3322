import { describe, expect, it } from 'vitest';
import { checkText } from './check-style.mjs';

/** Rules that a comment breaks. */
const rulesFor = (comment, file = 'a.ts') =>
  checkText(file, `// ${comment}\n`).failures.map(({ rule }) => rule);
const warningsFor = (file, text) => checkText(file, text).warnings.map(({ rule }) => rule);

describe('checkText', () => {
  it.each([
    'And how often, unless another try is waited for in any case: it is queried again later.',
    'Who reached no shard has made a span of that, which is to have its parent.',
    'What was sent while the connection was lost is not here.',
    'A list of its own. Whose token it is may send again.',
    'Of a body that is too large so much more is read.',
    'Up to which the pause between two requests to one replica grows.',
    'How long a request may wait, in ms.',
    'One that is too busy has many clients.',
    'Those that are silent come last.',
    'That the log is read again does no harm.',
    'Which partition holds a document.',
  ])('reports the clause subject of "%s"', (comment) => {
    expect(rulesFor(comment)).toContain('clause as subject');
  });

  it.each([
    ['Lets nobody change anything.', 'nobody'],
    ['Timeouts in vain are not counted.', 'in vain'],
    ['Completes what he has typed.', 'he'],
    ['The replica says when it is ready.', 'says'],
    ['A root is asked again.', 'asked'],
    ['The queue stands still until a leader comes.', 'stands'],
    ['Copy the list: a callback is told at once.', 'told'],
    ['Documents that never lay elsewhere keep their version.', 'lay elsewhere'],
    ['Skips the lookup. Else it would time out.', 'Else'],
    ['Retries when the replica refused the query.', 'refused'],
    ['Merges all titles by then.', 'by then'],
    ['Counts a replica who is slow.', 'replica who'],
  ])('reports the banned word in "%s"', (comment, word) => {
    expect(rulesFor(comment)).toEqual([expect.stringMatching(new RegExp(`^"${word}" `))]);
  });

  it.each([
    'Maximum retry rounds for unreachable replicas. Further rounds run only while another attempt is in flight.',
    'Sends one batch until a replica responds. The first response wins.',
    'A root that reached no shard exported its span. Export ours too, so that span has a parent.',
    'Invalidations published while disconnected are lost, so clear the cache.',
    'Whether the replica has caught up. What if it has not?',
    'Not to be named `nobody`, `in vain` or `Who`; a span `that is told\n// in two lines` either.',
    'Returns the fields asked for, e.g. Those.',
    'Tells leaders and replicas apart. The colours stand for shards.',
    'Connection refused by NATS: refuses to start.',
    'How to read it: see https://example.com/somebody/told.',
    '@returns whether the write is visible',
  ])('accepts "%s"', (comment) => {
    expect(rulesFor(comment)).toEqual([]);
  });

  it('reports the line on which a sentence begins', () => {
    const text = '/**\n * Returns the first\n * response. Who is slow\n * comes last.\n */\nconst a = 1;\n';
    expect(checkText('a.ts', text).failures).toEqual([
      { line: 3, rule: 'clause as subject', excerpt: 'Who is slow comes last.' },
    ]);
  });

  it('ignores comment marks in literals', () => {
    const text = 'const a = "// Who is"; const b = `/* nobody ${a} // told */`; const c = /[/*] he/;\n';
    expect(checkText('a.ts', text).failures).toEqual([]);
  });

  it('reads test names, errors, log lines, metric helps and JSX', () => {
    const text = [
      'describe("who is away", () => {});',
      'it.each([1])("asks %s again", () => {});',
      'throw new Error(`nobody answers ${a}`);',
      'this.logger.warn("Told " + a);',
      'const metric = { help: "Requests refused" };',
      'const page = <p>Somebody</p>;',
      'const other = "nobody";',
    ].join('\n');
    expect(checkText('a.tsx', text).failures.map(({ line }) => line)).toEqual([1, 1, 2, 3, 4, 5, 6]);
  });

  it('reads a @returns whose text begins with a small letter', () => {
    expect(rulesFor('@returns what is left')).toEqual(['clause as subject']);
    expect(rulesFor('@param key what is left')).toEqual(['clause as subject']);
  });

  it('ignores code spans, code blocks and headings in Markdown', () => {
    const text =
      '# What is measured\n\nBanned: `nobody`, `in\nvain`.\n\n```\nWho asks\n```\n\n- Who asks\n\n| a | nobody |\n';
    expect(checkText('a.md', text).failures.map(({ line }) => line)).toEqual([10, 10, 12]);
  });

  it.each(['a.yaml', 'Dockerfile', 'a.sh'])('reads the comments of %s', (file) => {
    expect(checkText(file, 'a: 1 # Who is slow.\nb: "x # nobody"\n').failures).toHaveLength(1);
  });

  it('warns about long sentences and long test names', () => {
    expect(warningsFor('a.ts', `// A${' word'.repeat(25)}.\n// A${' word'.repeat(24)}.\n`)).toEqual([
      'long sentence',
    ]);
    const name = `it('counts${' words'.repeat(12)}', () => {});\n`;
    expect(warningsFor('a.spec.ts', name)).toEqual(['long test name']);
    expect(checkText('a.spec.ts', name, { strictNames: true }).failures).toHaveLength(1);
  });

  it('counts the comment sentences with a clause as subject', () => {
    const { commentSentences, commentClauses } = checkText('a.ts', '// Returns it. Who is slow. Why not?\n');
    expect({ commentSentences, commentClauses }).toEqual({ commentSentences: 3, commentClauses: 1 });
  });
});
