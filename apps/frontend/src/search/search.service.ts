import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import {
  ATTRIBUTE,
  type RootAnswer,
  type RootRequest,
  type SearchAnswer,
  type SearchParameters,
  type SuggestParameters,
} from '@shoal/contracts';
import { activeSpan, traceparentOf } from '@shoal/telemetry';
import { AdmissionService } from '../admission/admission.service.js';
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
    private readonly admission: AdmissionService,
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
  async search(parameters: SearchParameters): Promise<string> {
    const began = performance.now();
    const span = activeSpan();
    const { q, size, from, operator, routing, timeoutMs } = parameters;
    const key = JSON.stringify([q, size, from, operator, routing, timeoutMs]);
    const { found, cache } = await this.cache.get(key, timeoutMs, (budgetMs) =>
      this.ask({
        kind: 'search',
        q,
        size,
        from,
        operator,
        ...(routing === undefined ? {} : { routing }),
        budgetMs,
        traceparent: traceparentOf(span),
      }),
    );
    const { status, detail = '', coverage } = found.answer;
    span.setAttributes({ [ATTRIBUTE.cache]: cache, [ATTRIBUTE.degraded]: coverage.degraded });
    if (status === 413) throw new TooLargeError(detail);
    if (status !== 200) throw new UnavailableError(detail);
    const tookMs = round(performance.now() - began);
    this.metrics.observe({ tookMs, cache, coverage, traceparent: traceparentOf(span) });
    return this.layOut(parameters, found, {
      tookMs,
      cached: cache !== 'miss',
      traceId: span.spanContext().traceId,
    });
  }

  async suggest({ q, size }: SuggestParameters): Promise<string> {
    const { answer, hits } = await this.ask({
      kind: 'suggest',
      q,
      size,
      budgetMs: SUGGEST_BUDGET_MS,
      traceparent: traceparentOf(activeSpan()),
    });
    if (answer.status !== 200) throw new UnavailableError(answer.detail ?? '');
    return `{"suggestions":${hits}}`;
  }

  /** Asks, and lets the admission of further searches learn from how it went. */
  private async ask(request: RootRequest): Promise<FromRoot> {
    const began = performance.now();
    let loadMs = Infinity;
    try {
      const found = await this.roots.ask(request);
      if (found.answer.status !== 503) loadMs = loadOf(performance.now() - began, found.answer);
      return found;
    } finally {
      this.admission.searches.answered(loadMs);
    }
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

/** What an answer's time says of the load: all of it but the wait for a shard that stayed silent to the end. */
function loadOf(tookMs: number, { shards }: RootAnswer): number {
  const trips = shards.map(({ replica, queueMs, searchMs, networkMs }) => ({
    answered: replica !== null,
    ms: queueMs + searchMs + networkMs,
  }));
  const slowest = (of: typeof trips) => of.reduce((most, { ms }) => Math.max(most, ms), 0);
  return tookMs - slowest(trips) + slowest(trips.filter(({ answered }) => answered));
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
