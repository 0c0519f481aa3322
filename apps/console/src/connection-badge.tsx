import { connect, connection } from './connection.js';
import { Countdown } from './countdown.js';

/** Says in the header whether the page hears the cluster. */
export function ConnectionBadge() {
  const now = connection.value;
  if (now.state === 'lost') {
    return (
      <button type="button" class="badge badge-lost" onClick={connect} title="Try to connect now">
        <span class="dot" aria-hidden="true" />
        Offline
        <span class="wide-only">
          trying <Countdown until={now.retryAt} />
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
