import { seenSpans, type ExportRequest, type SeenSpan } from './otlp-traces.ts';

/** Reads traces back from a Jaeger, as its own page does. */
export class Jaeger {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** The spans that it has of a trace: none for as long as it does not know it. */
  async spansOf(traceId: string): Promise<SeenSpan[]> {
    const response = await fetch(`${this.url}/api/v3/traces/${traceId}`);
    if (response.status === 404) return [];
    const { result } = (await response.json()) as { result: ExportRequest };
    return seenSpans(result);
  }

  /** What somebody finds who searches for these tags. @returns trace ids */
  async find(service: string, tags: Record<string, string>): Promise<string[]> {
    const query = new URLSearchParams({ service, tags: JSON.stringify(tags), limit: '200' });
    const response = await fetch(`${this.url}/api/traces?${query.toString()}`);
    const { data } = (await response.json()) as { data: { traceID: string }[] | null };
    return (data ?? []).map(({ traceID }) => traceID);
  }
}
