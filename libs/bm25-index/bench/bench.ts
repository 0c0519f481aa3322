// `npx tsc -b libs/bm25-index && node libs/bm25-index/bench/bench.ts` at the root of the repository.
// Each variant runs in a process of its own, so that none pays for the garbage or the shapes of another.
import { execFileSync } from 'node:child_process';
import { analyze, Bm25Index, search, TitleSuggester, weighQuery } from '@shoal/bm25-index';
import { Index } from 'flexsearch';
import { makeQueries, readWordnet, type Synset } from './wordnet.ts';

const VARIANTS = ['flexsearch', '1', '16', '64'];
const QUERIES = 3000;

interface Engine {
  label: string;
  add(synset: Synset, at: number): void;
  loaded(): void;
  search(q: string): number;
}

function flexsearch(): Engine {
  const index = new Index({ tokenize: 'strict', encode: (text) => [...new Set(analyze(text))] });
  return {
    label: 'FlexSearch Index.search',
    add: ({ title, text }, at) => void index.add(at, `${title} ${text}`),
    loaded: () => {},
    search: (q) => index.search(q, { limit: 10, suggest: true }).length,
  };
}

function bm25(partitions: number): Engine {
  const indexes = Array.from({ length: partitions }, () => new Bm25Index());
  const statistics = {
    documents: 0,
    totalLength: 0,
    // The root of a cluster has these in one table; here they are summed before the clock starts.
    frequencies: new Map<string, number>(),
    documentFrequency: (term: string) => statistics.frequencies.get(term) ?? 0,
  };
  return {
    label: `Bm25Index × ${partitions}`,
    add: ({ id, title, text }, at) => void indexes[at % partitions]!.set(id, `${title} ${text}`, text),
    loaded: () => {
      for (const index of indexes) {
        index.compact();
        statistics.documents += index.documents;
        statistics.totalLength += index.totalLength;
        for (const term of index.terms())
          statistics.frequencies.set(
            term,
            statistics.documentFrequency(term) + index.documentFrequency(term),
          );
      }
    },
    search: (q) => search(indexes, { ...weighQuery(q, statistics), operator: 'or', limit: 10 }).hits.length,
  };
}

function heapMb(): number {
  globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

function measure({ label, add, loaded, search }: Engine): void {
  const synsets = readWordnet();
  const queries = makeQueries(synsets, QUERIES);
  const before = heapMb();
  const loading = seconds(() => synsets.forEach(add));
  const grown = heapMb() - before;
  loaded();
  const compact = heapMb() - before;
  for (const q of queries.slice(0, QUERIES / 3)) search(q);
  let hits = 0;
  const searching = seconds(() => queries.forEach((q) => (hits += search(q))));
  console.log(
    `${label.padEnd(24)} ${String(Math.round(synsets.length / loading)).padStart(8)} documents/s` +
      `${String(Math.round(queries.length / searching)).padStart(8)} queries/s (${hits} hits)` +
      `${grown.toFixed(0).padStart(6)} MB loaded${compact.toFixed(0).padStart(6)} MB compacted`,
  );
}

function measureSuggestions(): void {
  const suggester = new TitleSuggester();
  const synsets = readWordnet().filter((_, at) => at % 58 === 0);
  for (const { id, title } of synsets) suggester.set(id, title);
  const first = seconds(() => suggester.complete('a', 8));
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const rounds = 40;
  const each = seconds(() => {
    for (let round = 0; round < rounds; round++) for (const letter of letters) suggester.complete(letter, 8);
  });
  console.log(
    `TitleSuggester on ${synsets.length} titles: one letter ${((each * 1000) / rounds / letters.length).toFixed(3)} ms, ` +
      `the first one ever ${(first * 1000).toFixed(1)} ms`,
  );
}

const variant = process.argv[2];
if (variant === undefined) {
  for (const each of [...VARIANTS, 'suggestions'])
    execFileSync(process.execPath, ['--expose-gc', import.meta.filename, each], { stdio: 'inherit' });
} else if (variant === 'suggestions') measureSuggestions();
else measure(variant === 'flexsearch' ? flexsearch() : bm25(Number(variant)));
