/** What came of a request; times in ms of the monotonic clock. */
export interface Reply {
  /** 0: no complete answer came in time. */
  status: number;
  /** Of an answer that is malformed, its text. */
  body: unknown;
  /** A complete answer that is not JSON, which everything that Shoal answers here is. */
  malformed: boolean;
  sentAt: number;
  receivedAt: number;
}

/** One request. It never throws: under chaos connections break, and that is an outcome like any other. */
export async function request(url: string, timeoutMs: number, init: RequestInit = {}): Promise<Reply> {
  const sentAt = performance.now();
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    return { status: response.status, ...parse(text), sentAt, receivedAt: performance.now() };
  } catch (error) {
    return { status: 0, body: String(error), malformed: false, sentAt, receivedAt: performance.now() };
  }
}

/** On its own: what cannot be read came all the same, and is not a broken connection. */
function parse(text: string): Pick<Reply, 'body' | 'malformed'> {
  try {
    return { body: JSON.parse(text), malformed: false };
  } catch {
    return { body: text, malformed: true };
  }
}
