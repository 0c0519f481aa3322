import type { Fault } from '@shoal/contracts';
import { pending, rejections, switchFault } from './fault-store.js';

/** One fault: its switch, what goes wrong, where one sees it, and what in the design cures it. */
export function FaultSwitch({ fault, allowed }: { fault: Fault; allowed: boolean }) {
  const { name, enabled, reason, shows, cure } = fault;
  const isPending = pending.value.has(name);
  const rejection = rejections.value.get(name);
  return (
    <li class={enabled ? 'fault is-on' : 'fault'} data-fault={name}>
      <div class="fault-head">
        <h2 id={`fault-${name}`}>{name}</h2>
        <button
          type="button"
          role="switch"
          class="switch"
          aria-checked={enabled}
          aria-busy={isPending}
          aria-labelledby={`fault-${name}`}
          aria-describedby={`reason-${name}`}
          disabled={!allowed}
          onClick={() => void switchFault(name, !enabled)}
        >
          <span class="switch-word" aria-hidden="true">
            {isPending ? 'Switching' : enabled ? 'On' : 'Off'}
          </span>
          <span class="switch-track" aria-hidden="true" />
        </button>
      </div>
      <p id={`reason-${name}`}>{words(sentence(reason))}</p>
      <dl>
        <dt>Shows</dt>
        <dd>{words(shows)}</dd>
        <dt>Cure</dt>
        <dd>{words(cure)}</dd>
      </dl>
      {rejection !== undefined && (
        <p class="rejection" role="alert">
          {rejection}
        </p>
      )}
    </li>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What stands between backticks is code. */
function words(text: string) {
  return text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
