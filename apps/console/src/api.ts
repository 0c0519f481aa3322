import type { Problem } from '@shoal/contracts';
import { suspect } from './connection.js';

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

/** Nobody answered. */
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
export async function getJson<T>(url: string, signal: AbortSignal): Promise<T> {
  try {
    const response = await fetch(url, { signal, headers: { accept: 'application/json' } });
    if (!response.ok) throw await readProblem(response);
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof ProblemError || signal.aborted) throw error;
    if (error instanceof SyntaxError) throw unreadable();
    suspect();
    throw new ConnectionError(error);
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
