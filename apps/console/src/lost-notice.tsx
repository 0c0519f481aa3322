import { connect, connection } from './connection.js';
import { Countdown } from './countdown.js';

/** Nobody answers. `hasContent`: something older is still on show. */
export function LostNotice({ hasContent }: { hasContent: boolean }) {
  const now = connection.value;
  return (
    <section class="notice notice-error" role="alert" data-state="lost">
      <h2>Connection lost</h2>
      <p>
        Shoal does not answer.{' '}
        {hasContent
          ? 'What you see here is from before.'
          : 'Your search is kept and runs as soon as it is back.'}
      </p>
      <p class="actions">
        <button type="button" class="button" onClick={connect}>
          Try now
        </button>
        <span class="quiet">
          Trying again by itself {now.state === 'lost' ? <Countdown until={now.retryAt} /> : null}
        </span>
      </p>
    </section>
  );
}
