import { useEffect } from 'preact/hooks';
import { cluster, jaeger, refreshCluster } from '../cluster/cluster-store.js';
import { CopyButton } from './copy-button.js';

/** An answer's trace: its id, and the way to it where traces are kept. */
export function TraceId({ id }: { id: string }) {
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
          <small>(there after some seconds)</small>
        </dd>
      )}
      <dd class="trace-id">
        <code>{id}</code> <CopyButton text={id} what="trace id" />
      </dd>
    </div>
  );
}
