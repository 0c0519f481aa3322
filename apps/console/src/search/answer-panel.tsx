import type { SearchAnswer } from '@shoal/contracts';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { cluster, jaeger, refreshCluster } from '../cluster/cluster-store.js';
import { formatCount, formatMs } from '../shared/format.js';
import { WaterfallChart } from './waterfall-chart.js';

/** Details of an answer: its duration, the waterfall, its coverage and its trace. Collapsed on a phone. */
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

/** The answer's trace id, with a link to Jaeger if the cluster has one. */
function TraceId({ id }: { id: string }) {
  useEffect(() => {
    if (!cluster.peek().view) refreshCluster();
  }, []);
  return (
    <div>
      <dt>Trace</dt>
      {jaeger.value !== undefined && (
        <dd>
          <a href={`${jaeger.value}/trace/${id}`} target="_blank" rel="noreferrer">
            Open trace
          </a>{' '}
          <small>(available after some seconds)</small>
        </dd>
      )}
      <dd class="trace-id">
        <code>{id}</code> <CopyButton text={id} what="trace id" />
      </dd>
    </div>
  );
}

/** Copies a text and confirms it for two seconds. */
function CopyButton({ text, what }: { text: string; what: string }) {
  const [result, setResult] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setResult(''), 2000);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setResult('Copied');
    } catch {
      setResult('Not allowed'); // Browsers offer the clipboard only over HTTPS and on localhost.
    }
  };
  return (
    <>
      <button type="button" class="text-button" aria-label={`Copy ${what}`} onClick={() => void copy()}>
        {result === '' ? 'Copy' : result}
      </button>
      <span class="visually-hidden" role="status">
        {result}
      </span>
    </>
  );
}
