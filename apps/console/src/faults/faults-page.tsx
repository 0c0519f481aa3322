import type { Fault } from '@shoal/contracts';
import { EventLog } from '../cluster/event-log.js';
import { connection } from '../shared/connection.js';
import { LostNotice } from '../shared/connection-status.js';
import { KeyNote } from '../shared/key-dialog.js';
import { faultList, listProblem, pending, switchErrors, switchFault } from './fault-store.js';
import { WatchPanel } from './watch-panel.js';

/** The fault switches, beside their effect on searches. */
export function FaultsPage() {
  const list = faultList.value;
  const problem = listProblem.value;
  const isLost = connection.value.state === 'lost';
  return (
    <div class="faults-page" data-state={isLost ? 'lost' : list === undefined ? 'loading' : 'live'}>
      <header>
        <h1>Faults</h1>
        <p>
          Each fault disables or breaks one part of the design, in every process and for all clients. Turn one
          on to see why that part is there.
        </p>
      </header>
      {isLost && <LostNotice hasContent={list !== undefined} />}
      {!isLost && problem !== undefined && (
        <section class="notice notice-error" role="alert" data-state="problem">
          <h2>Fault list unavailable</h2>
          <p>{problem}</p>
        </section>
      )}
      {list?.allowed === false && <NotAllowed />}
      <div class="faults-columns">
        <div>
          <ul class="faults">
            {list?.faults.map((fault) => (
              <FaultSwitch key={fault.name} fault={fault} allowed={list.allowed} />
            ))}
          </ul>
          <KeyNote />
        </div>
        <div class="faults-side">
          <WatchPanel />
          <EventLog />
        </div>
      </div>
    </div>
  );
}

function NotAllowed() {
  return (
    <section class="notice notice-plain" aria-label="Not allowed" data-state="not-allowed">
      <h2>Faults are not allowed in this run</h2>
      <p>
        The list is read-only. To use the switches, restart the cluster with{' '}
        <code>npm start -- --faults on</code>
      </p>
    </section>
  );
}

/** One fault: its switch, what goes wrong, the visible effect, and the mechanism that cures it. */
function FaultSwitch({ fault, allowed }: { fault: Fault; allowed: boolean }) {
  const { name, enabled, reason, shows, cure } = fault;
  const isPending = pending.value.has(name);
  const error = switchErrors.value.get(name);
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
      <p id={`reason-${name}`}>{withCode(sentence(reason))}</p>
      <dl>
        <dt>Effect</dt>
        <dd>{withCode(shows)}</dd>
        <dt>Cure</dt>
        <dd>{withCode(cure)}</dd>
      </dl>
      {error !== undefined && (
        <p class="switch-error" role="alert">
          {error}
        </p>
      )}
    </li>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Renders text between backticks as code. */
function withCode(text: string) {
  return text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
