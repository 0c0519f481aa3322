import type { SearchAnswer } from '@shoal/contracts';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount, formatMs } from '../format.js';
import { TraceId } from './trace-id.js';
import { WaterfallChart } from './waterfall-chart.js';

/** What an answer says of itself: how long it took, where, what it covers, and its trace. Folded on a phone. */
export function AnswerPanel({ answer }: { answer: SearchAnswer }) {
  const [open, setOpen] = useState(() => matchMedia('(min-width: 62rem)').matches);
  const { coverage, profile } = answer;
  const { shards, documents } = coverage;
  return (
    <section class="answer-panel" aria-label="This answer">
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <strong class="took">{formatMs(answer.tookMs)}</strong>
          <span class={coverage.degraded ? 'coverage-short degraded' : 'coverage-short'}>
            {shards.answered} of {shards.total} {shards.total === 1 ? 'shard' : 'shards'}
          </span>
          {profile?.cached && <span class="tag">cached</span>}
        </summary>
        {profile && <WaterfallChart tookMs={answer.tookMs} profile={profile} />}
        <dl class="facts">
          <Fact name="Searched">
            {documents.searched === documents.total
              ? `all ${formatCount(documents.total)} documents`
              : `${formatCount(documents.searched)} of ${formatCount(documents.total)} documents`}
          </Fact>
          <Fact name="Statistics">version {formatCount(answer.statisticsVersion)}</Fact>
          <Fact name="Epoch">{formatCount(answer.epoch)}</Fact>
          <TraceId id={answer.traceId} />
        </dl>
      </details>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
