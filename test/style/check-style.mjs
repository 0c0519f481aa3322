/**
 * Checks the English of the repository against the style rules of CONTRIBUTING.md: comments, Markdown prose, test names, and
 * the texts of errors, log lines, metrics and pages. Code spans, code blocks and JSON are ignored.
 *
 *     node test/style/check-style.mjs [PATH…] [--summary] [--strict-names] [--warnings]
 *
 * Prints `file:line: rule: excerpt` for each failure and exits with 1 if there is one. Long sentences and long test names
 * are counted as warnings; `--warnings` lists them, `--strict-names` makes failures of long test names.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

// From the working directory, so that one copy of this file can check any work tree.
const ts = createRequire(path.resolve('package.json'))('typescript');

const MAX_SENTENCE_WORDS = 25;
const MAX_TEST_NAME_WORDS = 12;
/** Folders whose comments count for the percentage in the summary. */
const MEASURED = ['apps', 'libs', 'deploy', 'test'];
/**
 * Folders whose texts are still to be rewritten. A run over the whole repository counts their failures without failing; a run
 * on one of them fails. Remove a folder once it is clean.
 */
const PENDING = [
  ...['frontend', 'indexer', 'shard'].map((app) => `apps/${app}/`),
  ...['contracts', 'leader-election', 'membership', 'nats', 'runtime', 'telemetry'].map(
    (lib) => `libs/${lib}/`,
  ),
  ...['containers', 'dashboards', 'local'].map((part) => `deploy/${part}/`),
  ...['acceptance', 'bench', 'chaos', 'cluster', 'containers', 'experiments', 'telemetry'].map(
    (group) => `test/${group}/`,
  ),
  'loadtest/',
];

const CLAUSE_SUBJECT = new RegExp(
  `^(?:${[
    'Who|Whoever|Whom|Whose|What|Whatever|Whichever',
    'That which|That (?:the|a|an|it|they|no|every|all)',
    'Those|One (?:that|who|which)',
    'Of|And|But|Up to (?:which|what|how)',
    'How (?!to\\b)\\w+',
    'Which',
  ].join('|')})\\b`,
);

/** Pattern, and what to write instead. */
const BANNED = [
  [/\b(?:nobody|somebody|everybody|anybody|no one|someone|everyone|anyone)\b/i, 'name the actor'],
  [/\bwhoever\b/i, 'name the actor'],
  [
    /\b(?:process|replica|root|shard|member|leader|frontend|indexer|node|server|partition)(?:s|es)? who\b/i,
    'that',
  ],
  [/\b(?:he|him|his|himself|she|hers?|herself)\b/i, 'it or they'],
  [/\bin vain\b/i, 'without success, or name the failure'],
  [/\banew\b/i, 'again'],
  [/\ball the same\b/i, 'nevertheless'],
  [/\bby then\b/i, 'name the time'],
  [/\b(?:in|at) hand\b/i, 'in flight, pending, available'],
  [/\bfar(?:es?|ed|ing)\b/i, 'succeed or fail'],
  [/\b(?:bears?|bearing|bore|borne)\b/i, 'tolerate, carry'],
  [/\b(?:tells?|telling)\b(?!(?: \S+){0,4} apart\b)|\btold\b/i, 'notify, report'],
  [/\b(?:hears?|heard|hearing)\b/i, 'receive'],
  [
    /\b(?:says|said)\b|\bsay (?:so|that|what|how|who|which|when|where|whether|why|nothing)\b/i,
    'report, state, describe',
  ],
  [
    /\b(?<!(?:you|users?|people|operators?|person) )ask(?:s|ed|ing)?\b(?! (?:for|the (?:user|operator|reader))\b)/i,
    'send, query, request',
  ],
  [/\b(?:speaks?|spoken|spoke) (?:for|of)\b/i, 'cover'],
  [
    /\b(?:stands|stood)\b(?! (?:for|out)\b)|\bstand (?:still|in|at|on|by|there|where|before|after|beside)\b/i,
    'is, stop, wait',
  ],
  [
    /\b(?:lies|lain|lying)\b|\b(?:lie|lay) (?:in|on|at|between|beyond|there|elsewhere|under|before)\b/i,
    'is stored, is',
  ],
  [/\bmend(?:s|ed|ing)?\b/i, 'repair'],
  [/\blest\b/i, 'so that … not'],
  [/(?:^|[,;:] |\bor )else\b(?! if\b)|^Else\b/, 'otherwise'],
  [/\b(?:is|are|was|were|be|been|being) away\b/i, 'unreachable, disconnected'],
  [/\b(?:wish(?:es|ed)?|hindsight|statistician|topologist|steadfast)\b/i, 'the term of docs/glossary.md'],
  [/\btenures?\b/i, 'term'],
  [/\bthe news\b|\bnews (?:of|that|about)\b/i, 'invalidation, update'],
  [/\b(?<!connections? )(?:refus(?:es?|ed|ing)(?! (?:to|connections?)\b)|refusals?)\b/i, 'reject, rejection'],
];

if (process.argv[1] && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) main();

function main() {
  const args = process.argv.slice(2);
  const paths = args.filter((arg) => !arg.startsWith('--'));
  const strictNames = args.includes('--strict-names');
  const results = (paths.length > 0 ? paths : ['.']).flatMap(listFiles).map((file) => ({
    file,
    ...checkText(file, readFileSync(file, 'utf8'), { strictNames }),
  }));
  const failures = results.flatMap(({ file, failures }) => failures.map((found) => ({ file, ...found })));
  const warnings = results.flatMap(({ file, warnings }) => warnings.map((found) => ({ file, ...found })));
  if (args.includes('--warnings')) warnings.forEach(print);
  const isPending = ({ file }) => paths.length === 0 && PENDING.some((folder) => file.startsWith(folder));
  const fatal = failures.filter((failure) => !isPending(failure));
  fatal.forEach(print);
  if (args.includes('--summary')) summarize(results);
  const count = (rule) => warnings.filter((warning) => warning.rule === rule).length;
  console.log(
    `${results.length} files, ${fatal.length} style failures, ` +
      `${failures.length - fatal.length} in folders still to be rewritten; warnings: ` +
      `${count('long sentence')} long sentences, ${count('long test name')} long test names`,
  );
  process.exitCode = fatal.length > 0 ? 1 : 0;
}

function print({ file, line, rule, excerpt }) {
  console.log(`${file}:${line}: ${rule}: ${excerpt}`);
}

function summarize(results) {
  const folders = new Map();
  const measured = { sentences: 0, clauses: 0 };
  for (const result of results) {
    const parts = result.file.split('/');
    const name = parts.length > 2 ? parts.slice(0, 2).join('/') : parts.length > 1 ? parts[0] : '.';
    const sum = folders.get(name) ?? { failures: 0, warnings: 0, sentences: 0, clauses: 0 };
    folders.set(name, sum);
    sum.failures += result.failures.length;
    sum.warnings += result.warnings.length;
    for (const to of MEASURED.includes(parts[0]) ? [sum, measured] : [sum]) {
      to.sentences += result.commentSentences;
      to.clauses += result.commentClauses;
    }
  }
  for (const [name, { failures, warnings, sentences, clauses }] of [...folders].toSorted(byName)) {
    console.log(
      `${name.padEnd(28)} ${pad(failures)} failures ${pad(warnings)} warnings ` +
        `${pad(clauses)} of ${pad(sentences)} comment sentences with a clause as subject`,
    );
  }
  const { clauses, sentences } = measured;
  const percent = ((100 * clauses) / Math.max(1, sentences)).toFixed(1);
  console.log(
    `${MEASURED.join(', ')}: ${clauses} of ${sentences} comment sentences with a clause as subject (${percent} %)`,
  );
}

function byName([a], [b]) {
  return a < b ? -1 : 1;
}

function pad(count) {
  return String(count).padStart(5);
}

/** Failures and warnings in the text of one file, each `{ line, rule, excerpt }`. The name decides how it is read. */
export function checkText(file, text, { strictNames = false } = {}) {
  const failures = [];
  const warnings = [];
  let commentSentences = 0;
  let commentClauses = 0;
  for (const passage of passagesOf(file, text)) {
    for (const { sentence, line } of sentencesOf(passage)) {
      const isName = passage.kind === 'test name';
      const report = (to, rule, at = 0) => to.push({ line, rule, excerpt: excerptOf(sentence, at) });
      const words = sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
      // Names of tests begin with a small letter, and so does the text of a @returns.
      const subject = isName || passage.isTag ? capitalize(sentence) : sentence;
      const isClause = passage.kind !== 'heading' && !sentence.endsWith('?') && CLAUSE_SUBJECT.test(subject);
      if (passage.kind === 'comment') {
        commentSentences += 1;
        if (isClause) commentClauses += 1;
      }
      if (isClause) report(failures, 'clause as subject');
      for (const [pattern, instead] of BANNED) {
        const match = pattern.exec(sentence);
        if (match) report(failures, `"${match[0].replace(/^[,;:] /, '')}" (${instead})`, match.index);
      }
      if (isName && words > MAX_TEST_NAME_WORDS) report(strictNames ? failures : warnings, 'long test name');
      if (!isName && words > MAX_SENTENCE_WORDS) report(warnings, 'long sentence');
    }
  }
  return { failures, warnings, commentSentences, commentClauses };
}

function capitalize(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function excerptOf(sentence, at) {
  const from = Math.max(0, at - 40);
  const part = sentence.slice(from, from + 110);
  return `${from > 0 ? '…' : ''}${part}${from + 110 < sentence.length ? '…' : ''}`;
}

/** Splits a passage (`lines` of `{ line, text }`) into sentences with the line on which each begins. */
function sentencesOf({ lines }) {
  const starts = [];
  let text = '';
  for (const part of lines) {
    const plain = withoutMarkup(part.text).trim();
    if (plain === '') continue;
    if (text !== '') text += ' ';
    starts.push({ at: text.length, line: part.line });
    text += plain;
  }
  // A code span may cross a line.
  text = text.replaceAll(/`[^`]+`/g, (span) => '\u2423'.repeat(span.length));
  const sentences = [];
  let from = 0;
  const add = (to) => {
    const part = text.slice(from, to);
    const sentence = part.trim().replaceAll(/\u2423+/g, 'CODE');
    const at = from + (part.length - part.trimStart().length);
    if (sentence !== '') sentences.push({ sentence, line: starts.findLast((start) => start.at <= at).line });
    from = to;
  };
  for (const match of text.matchAll(/[.!?]["')\]]*\s+(?=["'([]*[\p{Lu}\u2423])/gu)) {
    if (/\b(?:e\.g|i\.e|etc|vs|cf|al|no|approx)$/i.test(text.slice(0, match.index))) continue;
    add(match.index + match[0].length);
  }
  add(text.length);
  return sentences;
}

/** Drops emphasis, the targets of links, and addresses. */
function withoutMarkup(text) {
  return text
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\{@link\s+([^}|]+)[^}]*\}/g, 'CODE')
    .replaceAll(/\bhttps?:\/\/\S+/g, 'URL')
    .replaceAll(/\*\*|(?<![\w`])[*_](?=\S)|(?<=\S)[*_](?![\w`])/g, '');
}

/** Passages of prose in a file: `{ kind, lines, isTag }`, kind one of comment, prose, heading, test name, text. */
function passagesOf(file, text) {
  const name = path.basename(file);
  if (/\.(?:ts|tsx|mjs|js)$/.test(name)) return scriptPassages(file, text);
  if (name.endsWith('.md')) return markdownPassages(text);
  return hashPassages(text, /\.ya?ml$/.test(name));
}

function scriptPassages(file, text) {
  const kind = file.endsWith('.tsx')
    ? ts.ScriptKind.TSX
    : file.endsWith('.ts')
      ? ts.ScriptKind.TS
      : ts.ScriptKind.JS;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind);
  const lineAt = (position) => source.getLineAndCharacterOfPosition(position).line + 1;
  const passages = [];
  /** Ranges of literals, in which `//` begins no comment. */
  const literals = [];
  const addText = (kind, node, isAllowed = () => true) => {
    const value = textOf(node);
    if (value !== null && /\p{L}/u.test(value) && isAllowed(value)) {
      passages.push({ kind, lines: [{ line: lineAt(node.getStart(source)), text: value }] });
    }
  };
  const visit = (node, isThrown) => {
    if (isLiteral(node)) literals.push([node.getStart(source), node.end]);
    if (node.kind === ts.SyntaxKind.JsxText) {
      literals.push([node.pos, node.end]);
      addText('text', node);
    }
    if (ts.isCallExpression(node) && node.arguments.length > 0) {
      if (isTestCall(node.expression)) addText('test name', node.arguments[0]);
      else if (isLogCall(node.expression)) node.arguments.forEach((argument) => addText('text', argument));
    }
    if (
      ts.isNewExpression(node) &&
      (isThrown || /(?:Error|Exception|Trouble)$/.test(node.expression.getText(source)))
    ) {
      node.arguments?.forEach((argument) => addText('text', argument));
    }
    if (
      ts.isPropertyAssignment(node) &&
      /^(?:help|description|summary|detail|title|reason|effect|cure|hint|advice)$/.test(
        node.name.getText(source),
      )
    ) {
      addText('text', node.initializer, (value) => value.includes(' '));
    }
    const throws = ts.isThrowStatement(node);
    ts.forEachChild(node, (child) => visit(child, throws));
  };
  visit(source, false);
  return [...passages, ...commentPassages(text, literals, lineAt)];
}

function isLiteral(node) {
  return (
    ts.isStringLiteral(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddle(node) ||
    ts.isTemplateTail(node) ||
    ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isRegularExpressionLiteral(node)
  );
}

/** `it`, `describe` and `test`, also as in `it.each(cases)(name, …)`. */
function isTestCall(callee) {
  if (ts.isIdentifier(callee)) return /^(?:it|test|describe|bench)$/.test(callee.text);
  if (ts.isPropertyAccessExpression(callee)) {
    return (
      /^(?:only|sequential|concurrent|fails|each|for|skipIf|runIf)$/.test(callee.name.text) &&
      isTestCall(callee.expression)
    );
  }
  if (ts.isTaggedTemplateExpression(callee)) return isTestCall(callee.tag);
  return (
    ts.isCallExpression(callee) &&
    ts.isPropertyAccessExpression(callee.expression) &&
    isTestCall(callee.expression)
  );
}

function isLogCall(callee) {
  return (
    ts.isPropertyAccessExpression(callee) &&
    /^(?:log|trace|debug|verbose|info|warn|error|fatal)$/.test(callee.name.text) &&
    /(?:\blog|logger|console)$/i.test(callee.expression.getText())
  );
}

/** The text of a string, a template, or a sum of them, with CODE in place of expressions; null for anything else. */
function textOf(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (node.kind === ts.SyntaxKind.JsxText) return node.text.replaceAll(/\s+/g, ' ').trim();
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => `CODE${span.literal.text}`).join('');
  }
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === null && right === null ? null : `${left ?? 'CODE'}${right ?? 'CODE'}`;
  }
  return null;
}

function commentPassages(text, literals, lineAt) {
  const passages = [];
  const sorted = literals.toSorted(([a], [b]) => a - b);
  let next = 0;
  let lines = [];
  const flush = () => {
    passages.push(...paragraphs(lines, 'comment'));
    lines = [];
  };
  for (let at = text.startsWith('#!') ? text.indexOf('\n') : 0; at < text.length; at += 1) {
    while (next < sorted.length && sorted[next][1] <= at) next += 1;
    if (next < sorted.length && sorted[next][0] <= at) {
      at = sorted[next][1] - 1;
      continue;
    }
    if (text.startsWith('//', at)) {
      const end = endOfLine(text, at);
      const line = lineAt(at);
      // Comments of consecutive lines are one text, unless code precedes one of them.
      const isAlone = text.slice(text.lastIndexOf('\n', at - 1) + 1, at).trim() === '';
      if (lines.at(-1)?.line !== line - 1 || !isAlone) flush();
      lines.push({ line, text: text.slice(at + 2, end) });
      at = end;
    } else if (text.startsWith('/*', at)) {
      flush();
      const end = text.indexOf('*/', at + 2);
      const first = lineAt(at);
      text
        .slice(at + 2, end)
        .split('\n')
        .forEach((part, index) => lines.push({ line: first + index, text: part.replace(/^\s*\*+ ?/, '') }));
      flush();
      at = end + 1;
    }
  }
  flush();
  return passages;
}

function endOfLine(text, at) {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

/** Splits lines at empty ones, list items, block tags and indented code. */
function paragraphs(lines, kind) {
  const found = [];
  let current = null;
  for (const { line, text } of lines) {
    const trimmed = text.trim();
    const tag = /^@(\w+)\s*(?:\{[^}]*\}\s*)?(.*)$/.exec(trimmed);
    const item = /^(?:[-*+•]|\d+[.)])\s+(.*)$/.exec(trimmed);
    const isCode = /^\s{4,}\S/.test(text) && current === null;
    if (trimmed === '' || isCode || /^(?:eslint|oxlint|prettier|@ts-|\/ ?<)/.test(trimmed)) current = null;
    else if (tag) {
      const rest = tag[1] === 'param' ? tag[2].replace(/^\S+\s*(?:-\s*)?/, '') : tag[2];
      const isProse = /^(?:param|returns?|throws|remarks|deprecated)$/.test(tag[1]);
      current = isProse ? { kind, isTag: true, lines: [{ line, text: rest }] } : null;
      if (current) found.push(current);
    } else if (item || current === null) {
      current = { kind, lines: [{ line, text: item?.[1] ?? trimmed }] };
      found.push(current);
    } else current.lines.push({ line, text: trimmed });
  }
  return found;
}

function markdownPassages(text) {
  const passages = [];
  let fence = null;
  let lines = [];
  const flush = () => {
    passages.push(...paragraphs(lines, 'prose'));
    lines = [];
  };
  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const mark = /^\s*(`{3,}|~{3,})/.exec(raw)?.[1];
    const heading = /^#{1,6} (.*)$/.exec(raw)?.[1];
    if (fence !== null) {
      if (mark && raw.trim() === fence) fence = null;
    } else if (mark) {
      flush();
      fence = mark;
    } else if (heading) {
      flush();
      passages.push({ kind: 'heading', lines: [{ line, text: heading }] });
    } else if (/^\s*\|/.test(raw)) {
      flush();
      const cells = raw.replaceAll(/`[^`]+`/g, 'CODE').split('|');
      for (const cell of cells)
        if (/\p{L}/u.test(cell)) passages.push({ kind: 'prose', lines: [{ line, text: cell }] });
    } else
      lines.push({
        line,
        text: raw
          .replace(/^\s*>\s?/, '')
          .replaceAll(/<[^>]+>/g, '')
          .trimStart(),
      });
  });
  flush();
  return passages;
}

/** Comments of YAML, shell and Dockerfiles; in YAML also the texts of alerts. */
function hashPassages(text, isYaml) {
  const passages = [];
  let lines = [];
  const flush = () => {
    passages.push(...paragraphs(lines, 'comment'));
    lines = [];
  };
  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const comment = /^(\s*|.*\s)#+(?!!)(?:\s+(.*))?$/.exec(raw);
    const isQuoted = comment && (comment[1].match(/["']/g)?.length ?? 0) % 2 === 1;
    if (comment && !isQuoted) {
      if (lines.at(-1)?.line !== line - 1 || comment[1].trim() !== '') flush();
      lines.push({ line, text: comment[2] ?? '' });
    } else flush();
    const value = isYaml
      ? /^\s*(?:-\s+)?(?:summary|description|help):\s+(?![>|&*])(.+)$/.exec(raw)?.[1]
      : undefined;
    if (value) {
      const plain = value.replace(/^["']|["']$/g, '').replaceAll(/\{\{.*?\}\}/g, 'CODE');
      passages.push({ kind: 'text', lines: [{ line, text: plain }] });
    }
  });
  flush();
  return passages;
}

function listFiles(from) {
  const start = path.relative(process.cwd(), path.resolve(from)).replaceAll(path.sep, '/');
  const walk = (folder) =>
    readdirSync(folder || '.', { withFileTypes: true }).flatMap((entry) => {
      const name = folder ? `${folder}/${entry.name}` : entry.name;
      if (/^(?:node_modules|dist|coverage|\.git|\.shoal.*)$/.test(entry.name)) return [];
      if (entry.isDirectory()) return walk(name);
      return entry.isFile() && isRead(entry.name) ? [name] : [];
    });
  return start !== '' && statSync(start).isFile() ? [start] : walk(start);
}

function isRead(name) {
  return /\.(?:ts|tsx|mjs|js|ya?ml|sh|md)$/.test(name) || name.startsWith('Dockerfile');
}
