// How an ambassador breaks the circuit to servers that are ill, and closes it again: `npm run experiment:circuit`.
import { findProgram, toolsFolder } from '../../../deploy/local/src/observe/programs.ts';
import { callsOf, type Phase, runCircuit } from './circuit.ts';
import { quantile } from '../../bench/report.ts';

/** What the callers saw, then Envoy's own counts: connections that it began, why it sent callers away, servers that are well. */
const HEADINGS = [
  '',
  'calls',
  'answered',
  'rejected',
  'in vain',
  'connections',
  'too many',
  'none well',
  'well',
];
const WIDTHS = [24, 7, 16, 16, 16, 13, 10, 11, 6];

const row = (cells: (string | number)[]): string =>
  cells.map((cell, i) => String(cell)[i === 0 ? 'padEnd' : 'padStart'](WIDTHS[i]!)).join('');

function line(phase: Phase): string {
  const told = (['answered', 'rejected', 'waited in vain'] as const).map((outcome) => {
    const times = callsOf(phase, outcome).map(({ ms }) => ms);
    return times.length === 0 ? '-' : `${times.length}, ${quantile(times, 0.5).toFixed(1)} ms`;
  });
  const { connections, noneHealthy, overflow, healthy } = phase.counted;
  return row([phase.name, phase.calls.length, ...told, connections, overflow, noneHealthy, healthy]);
}

const envoy = findProgram('envoy');
if (!envoy) {
  console.error(
    `envoy is neither on the PATH nor in ${toolsFolder()}. It is to be had at\n` +
      '  https://www.envoyproxy.io/docs/envoy/latest/start/install\n' +
      `  or on Linux: docker cp $(docker create envoyproxy/envoy:v1.40.0):/usr/local/bin/envoy ${toolsFolder()}/envoy`,
  );
  process.exit(1);
}
console.log(row(HEADINGS));
const phases = await runCircuit(envoy, (phase) => console.log(line(phase)));
const named = (name: string): Phase => phases.find((phase) => phase.name === name)!;
const open = named('the circuit is open');
const closed = named('the circuit is closed');
const opened = callsOf(open, 'rejected').length === open.calls.length && open.counted.connections === 0;
const closedAgain = callsOf(closed, 'answered').length === closed.calls.length;
console.log(
  `the circuit ${opened ? 'opened' : 'did NOT open'} and ${closedAgain ? 'closed' : 'did NOT close'} again`,
);
process.exitCode = opened && closedAgain ? 0 : 1;
