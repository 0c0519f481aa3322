import { KeyNote } from '../api-key/key-note.js';
import { EventLog } from '../cluster/event-log.js';
import { connection } from '../connection.js';
import { LostNotice } from '../lost-notice.js';
import { faultList, listProblem } from './fault-store.js';
import { FaultSwitch } from './fault-switch.js';
import { WatchPanel } from './watch-panel.js';

/** The switches that break the cluster on purpose, beside what that does to searches. */
export function FaultsPage() {
  const list = faultList.value;
  const problem = listProblem.value;
  const isLost = connection.value.state === 'lost';
  return (
    <div class="faults-page" data-state={isLost ? 'lost' : list === undefined ? 'loading' : 'live'}>
      <header>
        <h1>Faults</h1>
        <p>
          Each takes away or breaks one part of the design, in every process and for everybody. Switch one on
          and watch what that part was for.
        </p>
      </header>
      {isLost && <LostNotice hasContent={list !== undefined} />}
      {!isLost && problem !== undefined && (
        <section class="notice notice-error" role="alert" data-state="problem">
          <h2>The cluster does not say which faults are on</h2>
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
      <h2>This run does not allow faults</h2>
      <p>
        They are listed for reading. To switch them, end the cluster and start it with{' '}
        <code>npm start -- --faults on</code>
      </p>
    </section>
  );
}
