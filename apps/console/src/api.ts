import type { Problem } from '@shoal/contracts';
import { apiKey, askForKey, forgetKey, keepKey } from './api-key/api-key.js';
import { suspect } from './connection.js';

/** Far longer than a search may take: who has not answered by then hangs. */
const PATIENCE_MS = 8000;

/** The cluster answered, and the answer is an error. `message` says what to do. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    /** How long to wait before trying again, in seconds, when the answer said so. */
    readonly retryAfter: number | undefined,
  ) {
    super(detail);
    this.name = 'ProblemError';
  }
}

/** Nobody answered, or not in time. */
export class ConnectionError extends Error {
  constructor(cause: unknown) {
    super('Shoal cannot be reached', { cause });
    this.name = 'ConnectionError';
  }
}

/**
 * Reads JSON from the cluster.
 * @throws ProblemError, ConnectionError, or the signal's AbortError
 */
export function getJson<T>(url: string, signal: AbortSignal): Promise<T> {
  return request<T>(url, { signal, headers: { accept: 'application/json' } });
}

/**
 * Puts JSON, with this tab's API key if it has one. Where the cluster wants a key, the reader is asked for it; a key
 * is kept once it has been accepted.
 * @throws ProblemError, also when the reader gives no key; ConnectionError
 */
export async function putJson<T>(url: string, body: unknown): Promise<T> {
  let given: string | undefined;
  for (;;) {
    const key = given ?? apiKey.peek();
    try {
      const answer = await request<T>(url, {
        method: 'PUT',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify(body),
      });
      // One from the tab's store may have been forgotten meanwhile, and stays so.
      if (given !== undefined) keepKey(given);
      return answer;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error;
      forgetKey();
      given = await askForKey(error.message);
      if (given === undefined) throw error;
    }
  }
}

async function request<T>(url: string, { signal, ...init }: RequestInit): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE_MS);
  try {
    const response = await fetch(url, {
      ...init,
      signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
    });
    if (!response.ok) throw await readProblem(response);
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof ProblemError || signal?.aborted) throw error;
    if (error instanceof SyntaxError) throw unreadable();
    suspect();
    throw new ConnectionError(error);
  } finally {
    clearTimeout(timer);
  }
}

function unreadable(): ProblemError {
  const detail = 'What came back is no JSON. Is a proxy or another server answering at this address?';
  return new ProblemError(502, 'The answer cannot be read', detail, undefined);
}

async function readProblem(response: Response): Promise<ProblemError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const wait = Number.isFinite(retryAfter) ? retryAfter : undefined;
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const body = isJson ? ((await response.json()) as Partial<Problem>) : {};
  return new ProblemError(
    response.status,
    body.title ?? `Error ${response.status}`,
    body.detail ?? `The server answered with status ${response.status} and no explanation.`,
    wait,
  );
}
