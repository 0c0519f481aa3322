import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { SearchAnswer, SearchParameters, SuggestParameters } from '@shoal/contracts';
import { traceIdOf } from '@shoal/telemetry';
import { TooLargeError, UnavailableError } from '../errors.js';
import type { FrontendSettings } from '../settings.js';
import { AnswerCache } from './answer-cache.js';
import { RootsService, type FromRoot } from './roots.service.js';
import { SearchMetrics } from './search.metrics.js';

const SUGGEST_BUDGET_MS = 500;

/** Asks a root, through the cache, and lays out the answer around hits that are passed on unparsed. */
@Injectable()
export class SearchService {
  private readonly frontend: string;

  constructor(
    @Inject(ConfigService) settings: FrontendSettings,
    private readonly cache: AnswerCache,
    private readonly roots: RootsService,
    private readonly metrics: SearchMetrics,
  ) {
    this.frontend = settings.get('SHOAL_NAME', { infer: true });
  }

  /**
   * @returns the body of a 200, as JSON text
   * @throws UnavailableError, TooLargeError
   */
  async search(parameters: SearchParameters, traceparent: string): Promise<string> {
    const began = performance.now();
    const { q, size, from, operator, routing, timeoutMs } = parameters;
    const key = JSON.stringify([q, size, from, operator, routing, timeoutMs]);
    const { found, cached } = await this.cache.get(key, () =>
      this.roots.ask({
        kind: 'search',
        q,
        size,
        from,
        operator,
        ...(routing === undefined ? {} : { routing }),
        budgetMs: timeoutMs,
        traceparent,
      }),
    );
    const { status, detail = '', coverage } = found.answer;
    if (status === 413) throw new TooLargeError(detail);
    if (status !== 200) throw new UnavailableError(detail);
    const tookMs = round(performance.now() - began);
    this.metrics.observe(tookMs, cached, coverage.degraded);
    return this.layOut(parameters, found, { tookMs, cached, traceId: traceIdOf(traceparent) });
  }

  async suggest({ q, size }: SuggestParameters, traceparent: string): Promise<string> {
    const { answer, hits } = await this.roots.ask({
      kind: 'suggest',
      q,
      size,
      budgetMs: SUGGEST_BUDGET_MS,
      traceparent,
    });
    if (answer.status !== 200) throw new UnavailableError(answer.detail ?? '');
    return `{"suggestions":${hits}}`;
  }

  private layOut(
    { q, profile }: SearchParameters,
    { root, answer, hits }: FromRoot,
    { tookMs, cached, traceId }: { tookMs: number; cached: boolean; traceId: string },
  ): string {
    const { total, coverage, statisticsVersion, epoch, rootMs, shards } = answer;
    const head = { query: q, tookMs, total: { value: total, relation: 'eq' } };
    const tail: Omit<SearchAnswer, 'query' | 'tookMs' | 'total' | 'hits'> = {
      coverage,
      statisticsVersion,
      epoch,
      traceId,
      ...(profile
        ? { profile: { cached, frontend: this.frontend, frontendMs: tookMs, root, rootMs, shards } }
        : {}),
    };
    return `${JSON.stringify(head).slice(0, -1)},"hits":${hits},${JSON.stringify(tail).slice(1)}`;
  }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
