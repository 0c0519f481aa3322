import { Link } from '../link.js';
import { view } from '../router.js';
import { allOff, faultsOn, pending, rejections } from './fault-store.js';

/** On every page while a fault is on, so that nobody wonders what is wrong with the cluster. */
export function FaultBanner() {
  const on = faultsOn.value;
  const rejection = on.map(({ name }) => rejections.value.get(name)).find((text) => text !== undefined);
  return (
    <aside class="fault-banner" aria-label="Faults that are on" hidden={on.length === 0}>
      <p role="status">
        {on.length > 0 && (
          <>
            <strong>Broken on purpose:</strong> {on.map(({ name }) => name).join(', ')}
          </>
        )}
      </p>
      <p class="actions">
        {view.value !== 'faults' && <Link href="/faults">See the faults</Link>}
        <button
          type="button"
          class="button"
          aria-disabled={pending.value.size > 0}
          onClick={() => void allOff()}
        >
          All off
        </button>
      </p>
      {rejection !== undefined && <p role="alert">{rejection}</p>}
    </aside>
  );
}
