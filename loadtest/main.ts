// Sends a load to a cluster and keeps what came of it: `npm run load -- --help`
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findK6, runK6 } from './k6.ts';
import { type LoadOptions, parseOptions, USAGE, UsageError } from './options.ts';

const LOCAL_RUN = path.resolve(import.meta.dirname, '../.shoal');

/** Where `npm start` runs here, if it does: else where it would. */
function localUrl(): string {
  const file = path.join(LOCAL_RUN, 'cluster.json');
  if (!existsSync(file)) return 'http://127.0.0.1:8080';
  return (JSON.parse(readFileSync(file, 'utf8')) as { url: string }).url;
}

async function documentsAt(url: string): Promise<number> {
  try {
    const response = await fetch(`${url}/api/cluster`);
    return ((await response.json()) as { documents: number }).documents;
  } catch (error) {
    throw new Error(`no Shoal answers at ${url}: start one with npm start, or give another URL`, {
      cause: error,
    });
  }
}

async function load({ url = localUrl(), rate, seconds }: LoadOptions): Promise<number> {
  const k6 = findK6();
  if ((await documentsAt(url)) === 0)
    throw new Error(`${url} has no documents: the load is for one that has loaded WordNet`);
  const folder = path.join(LOCAL_RUN, 'load', new Date().toISOString().slice(0, 19).replaceAll(':', '-'));
  mkdirSync(folder, { recursive: true });
  const settings = { SHOAL_URL: url, SHOAL_LOAD_RATE: `${rate}`, SHOAL_LOAD_SECONDS: `${seconds}` };
  const code = await runK6(k6, folder, settings);
  console.log(`kept in ${path.relative('.', folder)}: summary.json, report.html`);
  return code;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else process.exitCode = await load(options);
} catch (error) {
  console.error(`load: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
