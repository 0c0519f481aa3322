import { Link, view } from '../shared/router.js';
import { activeFaults, pending, switchErrors, turnAllOff } from './fault-store.js';

/** Banner on every page while a fault is active, so that its damage is not mistaken for a bug. */
export function FaultBanner() {
  const active = activeFaults.value;
  const error = active.map(({ name }) => switchErrors.value.get(name)).find((text) => text !== undefined);
  return (
    <aside class="fault-banner" aria-label="Active faults" hidden={active.length === 0}>
      <p role="status">
        {active.length > 0 && (
          <>
            <strong>{active.length === 1 ? 'Active fault:' : 'Active faults:'}</strong>{' '}
            {active.map(({ name }) => name).join(', ')}
          </>
        )}
      </p>
      <p class="actions">
        {view.value !== 'faults' && <Link href="/faults">Show faults</Link>}
        <button
          type="button"
          class="button"
          aria-disabled={pending.value.size > 0}
          onClick={() => void turnAllOff()}
        >
          All off
        </button>
      </p>
      {error !== undefined && <p role="alert">{error}</p>}
    </aside>
  );
}
