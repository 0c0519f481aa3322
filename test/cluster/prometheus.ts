/** One series of an answer, with its present value. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** Something that Prometheus reads. */
export interface Target {
  health: string;
  scrapeUrl: string;
  labels: { job: string; instance: string };
}

/** Asks a Prometheus, as Grafana does. */
export class Prometheus {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** What one of its APIs has to say, as `rules`. @throws what Prometheus finds wrong with the question */
  async get<T>(api: string, parameters: Record<string, string> = {}): Promise<T> {
    const query = new URLSearchParams(parameters);
    const response = await fetch(`${this.url}/api/v1/${api}?${query.toString()}`);
    const { data, error } = (await response.json()) as { data: T; error?: string };
    if (error) throw new Error(error);
    return data;
  }

  /** What an expression in PromQL is now, series by series. */
  async query(expression: string): Promise<Sample[]> {
    const { result } = await this.get<{
      result: { metric: Record<string, string>; value: [time: number, value: string] }[];
    }>('query', { query: expression });
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async targets(): Promise<Target[]> {
    const { activeTargets } = await this.get<{ activeTargets: Target[] }>('targets', { state: 'active' });
    return activeTargets;
  }
}
