export interface ServerSentEvent {
  type: string;
  data: Record<string, unknown>;
}

/** A server-sent event stream, read into a list as it comes. */
export class EventLog {
  readonly events: ServerSentEvent[] = [];
  /** Why it is not read any further. */
  private broken: unknown;
  private readonly abort = new AbortController();

  /** Resolves once the stream is open. */
  static async open(url: string): Promise<EventLog> {
    const log = new EventLog();
    const response = await fetch(url, { signal: log.abort.signal });
    if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream'))
      throw new Error(`${url} answers ${response.status} and no event stream`);
    void log.read(response.body).catch((error: unknown) => (log.broken = error));
    return log;
  }

  /** @throws what ended the reading, when something has: the list would be silent for ever */
  of(type: string): Record<string, unknown>[] {
    if (this.broken) throw this.broken;
    return this.events.filter((event) => event.type === type).map(({ data }) => data);
  }

  close(): void {
    this.abort.abort();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    const type = /^event: ?(.*)$/m.exec(block)?.[1] ?? 'message';
    const data = /^data:(.+)$/m.exec(block)?.[1]?.trim();
    // A ping has none.
    if (data) this.events.push({ type, data: JSON.parse(data) as Record<string, unknown> });
  }
}
