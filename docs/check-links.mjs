/**
 * Checks the repository's Markdown: relative links and images lead to files, anchors lead to headings, every path named in
 * code exists, and no table row is wider than MAX_ROW. `node docs/check-links.mjs` prints the problems and exits with 1.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Maximum width of a table row, in characters: wider ones cannot be read in a terminal or a diff. */
const MAX_ROW = 160;

const root = path.resolve(import.meta.dirname, '..');
/** Folders that builds and runs make, and packages. */
const isLeftOut = (name) => /^(?:node_modules|dist|coverage|\.git|\.shoal.*)$/.test(name);

const files = listFiles(root);
const folders = new Set(files.flatMap(parentsOf));
const documents = files.filter((file) => file.endsWith('.md'));

const wrong = documents.flatMap((file) => {
  const { prose, code, anchors } = read(file);
  return [...checkLinks(file, prose, anchors), ...checkPaths(file, code), ...checkRows(file, prose)];
});
for (const line of wrong) console.error(line);
console.log(`${documents.length} Markdown files checked, ${wrong.length} problems`);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** Checks the first row of each table: the formatter pads all rows to one width. */
function checkRows(file, prose) {
  return prose
    .filter(
      ({ raw }, at) => raw.startsWith('|') && !prose[at - 1]?.raw.startsWith('|') && raw.length > MAX_ROW,
    )
    .map(
      ({ line, raw }) => `${file}:${line}: table of ${raw.length} characters in width, at most ${MAX_ROW}`,
    );
}

/** Splits a document into prose and code (blocks and spans), each with its line numbers, and lists its anchors. */
function read(file) {
  const prose = [];
  const code = [];
  const anchors = new Set();
  let fence = null;
  readFileSync(path.join(root, file), 'utf8')
    .split('\n')
    .forEach((text, index) => {
      const line = index + 1;
      const mark = /^\s*(`{3,}|~{3,})/.exec(text)?.[1];
      if (mark && fence === null) fence = mark;
      else if (mark && text.trim() === fence) fence = null;
      else if (fence !== null) code.push({ line, text });
      else {
        const heading = /^#{1,6} (.*)$/.exec(text)?.[1];
        if (heading) addAnchor(anchors, heading);
        for (const [, , span] of text.matchAll(/(`+)(.+?)\1/g)) code.push({ line, text: span });
        prose.push({ line, raw: text, text: text.replaceAll(/(`+).+?\1/g, 'code') });
      }
    });
  return { prose, code, anchors };
}

function checkLinks(file, prose, ownAnchors) {
  return prose.flatMap(({ line, text }) =>
    targetsIn(text).flatMap((target) => {
      if (/^[a-z][a-z+.-]*:/.test(target)) return [];
      const [place, anchor] = target.split('#');
      const found = place === '' ? file : path.posix.join(path.posix.dirname(file), decodeURI(place));
      if (!exists(found)) return [`${file}:${line}: ${target} leads nowhere`];
      if (!anchor || !found.endsWith('.md')) return [];
      const anchors = found === file ? ownAnchors : read(found).anchors;
      return anchors.has(anchor) ? [] : [`${file}:${line}: ${found} has no heading for #${anchor}`];
    }),
  );
}

/** Targets of links and images, in Markdown and in HTML. */
function targetsIn(text) {
  const links = text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g);
  const attributes = text.matchAll(/\b(?:href|src|srcset)="([^"]+)"/g);
  return [...links, ...attributes].map(([, target]) => target);
}

/** Checks each word of code that begins with a top folder, or has a slash and the ending of a source file. */
function checkPaths(file, code) {
  return code.flatMap(({ line, text }) =>
    (text.match(/(?<![\w./@:$*-])[\w.-]+(?:\/[\w.*-]+)+\/?/g) ?? []).flatMap((word) => {
      const named = word.replace(/[./]+$/, '');
      const ours = folders.has(named.split('/')[0]);
      const isFile = /\.(?:ts|tsx|mjs|js|json|css|md)$/.test(named);
      if (named.includes('*') || named.split('/').some(isLeftOut)) return [];
      if ((!ours && !isFile) || exists(named)) return [];
      // A README may name a file from its own folder on, or from src/ on.
      const ending = `/${named}`;
      return files.some((known) => known.endsWith(ending)) ? [] : [`${file}:${line}: there is no ${named}`];
    }),
  );
}

/** Adds the anchor that GitHub gives a heading; the second of a name gets -1, and so on. */
function addAnchor(anchors, heading) {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
  const slug = plain
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
  let name = slug;
  for (let copy = 1; anchors.has(name); copy++) name = `${slug}-${copy}`;
  anchors.add(name);
}

function exists(place) {
  const normal = path.posix.normalize(place).replace(/\/$/, '');
  return normal === '.' || folders.has(normal) || existsSync(path.join(root, normal));
}

/** All files below, as paths with `/` from the root on. */
function listFiles(folder, prefix = '') {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (isLeftOut(entry.name)) return [];
    const name = prefix + entry.name;
    return entry.isDirectory() ? listFiles(path.join(folder, entry.name), `${name}/`) : [name];
  });
}

function parentsOf(file) {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
}
