import { isIPv6 } from 'node:net';
import { isLoopback } from '@shoal/contracts';
import type { Options } from './options.js';
import { HOST } from './ports.js';
import { StartupError } from './startup-error.js';

/** Addresses that stand for all of this machine, and the one of them by which it reaches itself. */
const EVERYWHERE: Record<string, string> = { '0.0.0.0': HOST, '::': '::1' };

/** Where the edge is found from this machine. */
export function edgeUrl({ host, port }: Pick<Options, 'host' | 'port'>): string {
  const here = EVERYWHERE[host] ?? host;
  return `http://${isIPv6(here) ? `[${here}]` : here}:${port}`;
}

/**
 * Removes SHOAL_API_KEYS from this environment, so that only the frontends receive them.
 * @returns the keys as given; a frontend validates them at its start
 */
export function takeApiKeys(): string {
  const { SHOAL_API_KEYS: keys = '' } = process.env;
  delete process.env.SHOAL_API_KEYS;
  return keys;
}

/** Headers that a write request needs. */
export function keyHeader(apiKeys: string): Record<string, string> {
  const [first = ''] = apiKeys.split(',', 1);
  return first.trim() === '' ? {} : { 'x-api-key': first.trim() };
}

/** Whether writes are disabled: other machines reach the edge, directly or through a proxy, and there are no API keys. */
export function isReadOnly({ host }: Pick<Options, 'host'>, apiKeys: string): boolean {
  const exposed = !isLoopback(host) || isSet(process.env.SHOAL_TRUST_PROXY);
  return exposed && !isSet(apiKeys);
}

/** @throws StartupError with advice when writes are disabled */
export function checkMayLoad(corpus: string, options: Pick<Options, 'host'>, apiKeys: string): void {
  if (!isReadOnly(options, apiKeys)) return;
  throw new StartupError(
    `${corpus} cannot be loaded, as nobody may write: others reach the edge (--host ${options.host}) and SHOAL_API_KEYS is not set. ` +
      'Set it (SHOAL_API_KEYS=$(openssl rand -hex 16) npm start -- ...), or start once on loopback alone, or give --corpus none',
  );
}

const isSet = (text = ''): boolean => text.trim() !== '';
