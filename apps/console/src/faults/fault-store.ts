import { computed, effect, signal } from '@preact/signals';
import type { Fault, FaultList, FaultName } from '@shoal/contracts';
import { getJson, Latest, ProblemError, putJson } from '../shared/api.js';
import { connection, onEvent } from '../shared/connection.js';

/** The faults as the cluster reports them; undefined until the first response. */
export const faultList = signal<FaultList | undefined>(undefined);
/** Reason why the cluster does not report the faults. */
export const listProblem = signal<string | undefined>(undefined);
/** Switches that the user turned and the cluster has not confirmed yet. */
export const pending = signal<ReadonlySet<FaultName>>(new Set());
/** Reason why a switch failed, until it is turned again. */
export const switchErrors = signal<ReadonlyMap<FaultName, string>>(new Map());

/** Active faults. */
export const activeFaults = computed(() => (faultList.value?.faults ?? []).filter(({ enabled }) => enabled));

const latest = new Latest();
/** Changes since the list was requested. They override the list, which may be older. */
const changes = new Map<FaultName, boolean>();

/** Keeps the list current, also when another client turns a switch. */
export function followFaults(): void {
  effect(() => {
    if (connection.value.state === 'open') refresh();
  });
  onEvent((event) => {
    if (event.type === 'faults') apply(event.fault, event.enabled);
  });
}

function refresh(): void {
  changes.clear();
  latest.run(
    (signal) => getJson<FaultList>('/api/faults', signal),
    (list) => {
      faultList.value = withChanges(list);
      listProblem.value = undefined;
    },
    (error) => {
      if (error instanceof ProblemError) listProblem.value = error.message;
    },
  );
}

/** Turns one switch. @returns false if that failed; `switchErrors` then has the reason */
export async function switchFault(name: FaultName, enabled: boolean): Promise<boolean> {
  if (pending.peek().has(name)) return false;
  pending.value = new Set([...pending.peek(), name]);
  switchErrors.value = new Map([...switchErrors.peek()].filter(([other]) => other !== name));
  try {
    const fault = await putJson<Fault>(`/api/faults/${name}`, { enabled });
    apply(name, fault.enabled);
    return true;
  } catch (error) {
    switchErrors.value = new Map(switchErrors.peek()).set(name, errorText(error as Error));
    return false;
  } finally {
    pending.value = new Set([...pending.peek()].filter((other) => other !== name));
  }
}

/** Distinguishes a rejected request from a failed one, which the cluster may have applied. */
function errorText(error: Error): string {
  const isRejected = error instanceof ProblemError && error.status < 500;
  return `${isRejected ? 'Not switched' : 'Not confirmed'}: ${error.message}`;
}

/** Turns all faults off. Stops at the first error, because the other switches would fail for the same reason. */
export async function turnAllOff(): Promise<void> {
  for (const { name } of activeFaults.peek()) if (!(await switchFault(name, false))) return;
}

function apply(name: FaultName, enabled: boolean): void {
  changes.set(name, enabled);
  const list = faultList.peek();
  if (list) faultList.value = withChanges(list);
}

function withChanges(list: FaultList): FaultList {
  const faults = list.faults.map((fault) => ({
    ...fault,
    enabled: changes.get(fault.name) ?? fault.enabled,
  }));
  return { ...list, faults };
}
