import type { Problem } from '@shoal/contracts';
import { apiKey, promptForKey, removeKey, storeKey } from './api-key.js';
import { reportUnreachable } from './connection.js';

/** Request timeout in ms. It exceeds the time budget of any search, so a request that reaches it hangs. */
const TIMEOUT_MS = 8000;

/** Error response of the cluster. The message contains the advice of its `detail`. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    /** Seconds to wait before a retry, from `Retry-After`. */
    readonly retryAfter: number | undefined,
  ) {
    super(detail);
    this.name = 'ProblemError';
  }
}

/** No response, or none within the timeout. */
export class ConnectionError extends Error {
  constructor(cause: unknown) {
    super('the cluster is unreachable; check that it is running, then retry', { cause });
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
 * Puts JSON, with this tab's API key if it has one. On 401 it prompts for a key and retries; a key is stored once the
 * cluster has accepted it.
 * @throws ProblemError, also when the prompt is cancelled; ConnectionError
 */
export async function putJson<T>(url: string, body: unknown): Promise<T> {
  let entered: string | undefined;
  for (;;) {
    const key = entered ?? apiKey.peek();
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
      // Only an entered key is stored: a stored one may have been removed since the request began.
      if (entered !== undefined) storeKey(entered);
      return answer;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error;
      removeKey();
      entered = await promptForKey(error.message);
      if (entered === undefined) throw error;
    }
  }
}

async function request<T>(url: string, { signal, ...init }: RequestInit): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), TIMEOUT_MS);
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
    reportUnreachable();
    throw new ConnectionError(error);
  } finally {
    clearTimeout(timer);
  }
}

function unreadable(): ProblemError {
  const detail =
    'The response is not JSON. Check whether a proxy or another server responds at this address.';
  return new ProblemError(502, 'Unreadable response', detail, undefined);
}

async function readProblem(response: Response): Promise<ProblemError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const wait = Number.isFinite(retryAfter) ? retryAfter : undefined;
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const body = isJson ? ((await response.json()) as Partial<Problem>) : {};
  return new ProblemError(
    response.status,
    body.title ?? `Error ${response.status}`,
    body.detail ??
      `The server responded with status ${response.status} and no explanation. Retry, or read the frontend's log.`,
    wait,
  );
}

/**
 * Runs one request at a time, the latest. A new request aborts its predecessor and discards a late result of it.
 * Otherwise an older answer could replace a newer one when the network reorders them.
 */
export class Latest {
  private current = new AbortController();

  /** Starts a task. Calls `done` or `failed` unless a newer task has started meanwhile. */
  run<T>(
    task: (signal: AbortSignal) => Promise<T>,
    done: (value: T) => void,
    failed: (error: unknown) => void,
  ): void {
    this.cancel();
    const { signal } = this.current;
    task(signal).then(
      (value) => {
        if (!signal.aborted) done(value);
      },
      (error: unknown) => {
        if (!signal.aborted) failed(error);
      },
    );
  }

  /** Aborts the running task, if any. */
  cancel(): void {
    this.current.abort();
    this.current = new AbortController();
  }
}
