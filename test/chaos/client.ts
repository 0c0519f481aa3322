/** What came of a request; times in ms of the monotonic clock. */
export interface Reply {
  /** 0: no complete answer came in time. */
  status: number;
  body: unknown;
  sentAt: number;
  receivedAt: number;
}

/** One request. It never throws: under chaos connections break, and that is an outcome like any other. */
export async function request(url: string, timeoutMs: number, init: RequestInit = {}): Promise<Reply> {
  const sentAt = performance.now();
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      body: json ? JSON.parse(text) : text,
      sentAt,
      receivedAt: performance.now(),
    };
  } catch (error) {
    return { status: 0, body: String(error), sentAt, receivedAt: performance.now() };
  }
}

/** Answers that a client must expect while parts are down. */
const FAILED = [0, 429, 503, 504];
export const hasFailed = ({ status }: Reply): boolean => FAILED.includes(status);
