// A load of searches, for k6 as it is: `npm run load`, or `k6 run loadtest/search.ts`. README.md says what it takes.
import type { SearchAnswer } from '@shoal/contracts';
import { check } from 'k6';
import { SharedArray } from 'k6/data';
import http from 'k6/http';
import { Rate } from 'k6/metrics';
import type { Options } from 'k6/options';
import { checkCoverage } from '../test/chaos/check-coverage.ts';
import { hasOneOf, isOrdered, isTotalRight } from './answer.ts';
import { zipf } from './zipf.ts';

const EDGE = __ENV.SHOAL_URL ?? 'http://127.0.0.1:8080';
const RATE = Number(__ENV.SHOAL_LOAD_RATE ?? 50);
const SECONDS = Number(__ENV.SHOAL_LOAD_SECONDS ?? 60);
const RAMP_SECONDS = 10;
const SIZE = 10;

export const options: Options = {
  scenarios: {
    // Users come whether or not those before them have got their answers.
    search: {
      executor: 'ramping-arrival-rate',
      startRate: 1,
      timeUnit: '1s',
      stages: [
        { duration: `${RAMP_SECONDS}s`, target: RATE },
        { duration: `${SECONDS}s`, target: RATE },
      ],
      preAllocatedVUs: RATE,
      maxVUs: 4 * RATE,
    },
  },
  thresholds: {
    http_req_duration: ['p(95)<500'],
    http_req_failed: ['rate<0.01'],
    degraded: ['rate<0.01'],
    // One wrong answer is one too many.
    checks: ['rate==1'],
    // What k6 could not send in time has not been measured.
    dropped_iterations: ['count==0'],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

/** Of the answers. */
const degraded = new Rate('degraded');
const words = new SharedArray<string>('words', () => open('./words.txt').trim().split('\n'));
const draw = zipf(words.length);

/** One to three words. */
const question = (): string[] =>
  Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => words[draw(Math.random())]!);

export default function search(): void {
  const asked = question();
  const url = `${EDGE}/api/search?q=${asked.join('+')}&size=${SIZE}`;
  // One name for all, or each question would be a metric of its own.
  const response = http.get(url, { tags: { name: 'search' } });
  // Rejected or lost: counted as http_req_failed.
  if (response.status !== 200) return;
  const answer = response.json() as unknown as SearchAnswer;
  degraded.add(answer.coverage.degraded);
  check(answer, {
    'the answer is to the question': ({ query }) => query === asked.join(' '),
    'every hit has a word of the question': ({ hits }) => hits.every((hit) => hasOneOf(hit, asked)),
    'something is found': ({ hits, coverage }) => hits.length > 0 || coverage.degraded,
    'the best hits come first': ({ hits }) => isOrdered(hits),
    'the total fits the hits': (all) => isTotalRight(all, SIZE),
    'the coverage adds up': ({ coverage }) => checkCoverage(coverage).length === 0,
  });
}
