import { useEffect, useState } from 'preact/hooks';
import { connect, connection } from './connection.js';

/** Shows in the header whether the page receives the cluster's events. */
export function ConnectionBadge() {
  const now = connection.value;
  if (now.state === 'lost') {
    return (
      <button type="button" class="badge badge-lost" onClick={connect} title="Connect now">
        <span class="dot" aria-hidden="true" />
        Offline
        <span class="wide-only">
          retry <Countdown until={now.retryAt} />
        </span>
      </button>
    );
  }
  return (
    <span class={`badge badge-${now.state}`} role="status">
      <span class="dot" aria-hidden="true" />
      {now.state === 'open' ? 'Live' : 'Connecting'}
    </span>
  );
}

/** Notice that the cluster is unreachable. `hasContent`: the page still shows an older answer or view. */
export function LostNotice({ hasContent }: { hasContent: boolean }) {
  const now = connection.value;
  return (
    <section class="notice notice-error" role="alert" data-state="lost">
      <h2>Connection lost</h2>
      <p>
        The cluster is unreachable.{' '}
        {hasContent
          ? 'This page shows the last data that it received.'
          : 'Your search runs again as soon as the page is connected.'}
      </p>
      <p class="actions">
        <button type="button" class="button" onClick={connect}>
          Retry now
        </button>
        <span class="quiet">
          Automatic retry {now.state === 'lost' ? <Countdown until={now.retryAt} /> : null}
        </span>
      </p>
    </section>
  );
}

/** Counts down from "in 3 s" to "now". Hidden from screen readers, which would read every second. */
export function Countdown({ until }: { until: number }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((n) => n + 1), 250);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((until - Date.now()) / 1000);
  return <span aria-hidden="true">{seconds > 0 ? `in ${seconds} s` : 'now'}</span>;
}
