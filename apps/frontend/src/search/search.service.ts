import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import {
  ATTRIBUTE,
  type Attempt,
  type RootAnswer,
  type RootRequest,
  type SearchAnswer,
  type SearchParameters,
  type SuggestParameters,
} from '@shoal/contracts';
import type { LegAttempt } from '@shoal/scatter-gather';
import { profileAttempts } from '@shoal/runtime';
import { activeSpan, linkTo, traceparentOf } from '@shoal/telemetry';
import { AdmissionService } from '../admission/admission.service.js';
import { TooLargeError, UnavailableError } from '../errors.js';
import type { FrontendSettings } from '../settings.js';
import { ResultCache } from './result-cache.js';
import type { FromRoot } from './found.js';
import { RootClient } from './root-client.js';
import { SearchMetrics } from './search.metrics.js';

/** Time budget of a completion, in ms, as of a search by default: a slow completion is better than none. */
const SUGGEST_BUDGET_MS = 1_000;

/** Answers searches from the cache or a root, and builds the response around hits that stay unparsed. */
@Injectable()
export class SearchService {
  private readonly frontend: string;

  constructor(
    @Inject(ConfigService) settings: FrontendSettings,
    private readonly admission: AdmissionService,
    private readonly cache: ResultCache,
    private readonly roots: RootClient,
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
    const { q, size, from, operator, routing, timeoutMs, profile } = parameters;
    // Stays empty on a cache hit and for a search that joins another flight.
    const asked: LegAttempt[] = [];
    const key = JSON.stringify([q, size, from, operator, routing, timeoutMs]);
    const { found, cache } = await this.cache.get(key, timeoutMs, (budgetMs) =>
      this.ask(
        {
          kind: 'search',
          q,
          size,
          from,
          operator,
          ...(routing === undefined ? {} : { routing }),
          ...(profile ? { profile } : {}),
          budgetMs,
          traceparent: traceparentOf(span),
        },
        asked,
      ),
    );
    const { status, detail = '', coverage } = found.answer;
    span.setAttributes({ [ATTRIBUTE.cache]: cache, [ATTRIBUTE.degraded]: coverage.degraded });
    if (cache !== 'miss') linkTo(span, found.traceparent);
    if (status === 413) throw new TooLargeError(detail);
    if (status !== 200) throw new UnavailableError(detail);
    const tookMs = round(performance.now() - began);
    this.metrics.observe({ tookMs, cache, coverage, traceparent: traceparentOf(span) });
    const roots = cache === 'miss' ? profileAttempts(asked, 'search', began) : undefined;
    return layOut(q, found, {
      tookMs,
      traceId: span.spanContext().traceId,
      ...(profile ? { profile: this.profileOf(found, tookMs, roots) } : {}),
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
    activeSpan().setAttribute(ATTRIBUTE.degraded, answer.coverage.degraded);
    if (answer.status !== 200) throw new UnavailableError(answer.detail ?? '');
    return `{"suggestions":${hits}}`;
  }

  /** Sends the request to a root and reports its latency to the concurrency limit. */
  private async ask(request: RootRequest, asked?: LegAttempt[]): Promise<FromRoot> {
    const began = performance.now();
    let loadMs = Infinity;
    try {
      const found = await this.roots.send(request, asked);
      if (found.answer.status !== 503) loadMs = loadOf(performance.now() - began, found.answer);
      return found;
    } finally {
      this.admission.searches.answered(loadMs);
    }
  }

  /** @param roots attempts at roots; undefined on a cache hit */
  private profileOf({ root, answer }: FromRoot, tookMs: number, roots: Attempt[] | undefined): Profile {
    const { rootMs, shards } = answer;
    const { frontend } = this;
    const cached = roots === undefined;
    return { cached, frontend, frontendMs: tookMs, root, rootMs, ...(roots ? { roots } : {}), shards };
  }
}

type Profile = NonNullable<SearchAnswer['profile']>;

function layOut(
  q: string,
  { answer, hits }: FromRoot,
  { tookMs, ...own }: { tookMs: number; traceId: string; profile?: Profile },
): string {
  const { total, coverage, statisticsVersion, epoch } = answer;
  const head = { query: q, tookMs, total: { value: total, relation: 'eq' } };
  const tail: Omit<SearchAnswer, 'query' | 'tookMs' | 'total' | 'hits'> = {
    coverage,
    statisticsVersion,
    epoch,
    ...own,
  };
  return `${JSON.stringify(head).slice(0, -1)},"hits":${hits},${JSON.stringify(tail).slice(1)}`;
}

/** Returns the part of an answer's time that load causes: all of it except the wait for a shard that timed out. */
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
