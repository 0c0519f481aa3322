import { computed, effect, signal } from '@preact/signals';
import type { Fault, FaultList, FaultName } from '@shoal/contracts';
import { getJson, ProblemError, putJson } from '../api.js';
import { connection, onEvent } from '../connection.js';
import { Latest } from '../latest.js';

/** The switches as the cluster has them; undefined until it has said so. */
export const faultList = signal<FaultList | undefined>(undefined);
/** Why the cluster does not say how they are. */
export const listProblem = signal<string | undefined>(undefined);
/** The switches that the reader turned and the cluster has not confirmed yet. */
export const pending = signal<ReadonlySet<FaultName>>(new Set());
/** Why a switch did not do as it was told, until it is turned again. */
export const rejections = signal<ReadonlyMap<FaultName, string>>(new Map());

/** The faults that are on now. */
export const faultsOn = computed(() => (faultList.value?.faults ?? []).filter(({ enabled }) => enabled));

const latest = new Latest();
/** What has been told since the list was asked for, which may be of before that. */
const news = new Map<FaultName, boolean>();

/** Knows from now on how the switches are, whoever turns them. */
export function followFaults(): void {
  effect(() => {
    if (connection.value.state === 'open') refresh();
  });
  onEvent((event) => {
    if (event.type === 'faults') take(event.fault, event.enabled);
  });
}

function refresh(): void {
  news.clear();
  latest.run(
    (signal) => getJson<FaultList>('/api/faults', signal),
    (list) => {
      faultList.value = withNews(list);
      listProblem.value = undefined;
    },
    (error) => {
      if (error instanceof ProblemError) listProblem.value = error.message;
    },
  );
}

/** Turns one switch. @returns whether the cluster did it; if not, `rejections` says why */
export async function switchFault(name: FaultName, enabled: boolean): Promise<boolean> {
  if (pending.peek().has(name)) return false;
  pending.value = new Set([...pending.peek(), name]);
  rejections.value = new Map([...rejections.peek()].filter(([other]) => other !== name));
  try {
    const fault = await putJson<Fault>(`/api/faults/${name}`, { enabled });
    take(name, fault.enabled);
    return true;
  } catch (error) {
    rejections.value = new Map(rejections.peek()).set(name, explain(error as Error));
    return false;
  } finally {
    pending.value = new Set([...pending.peek()].filter((other) => other !== name));
  }
}

/** A request that failed on the way may have arrived all the same. */
function explain(error: Error): string {
  const isRejected = error instanceof ProblemError && error.status < 500;
  return `${isRejected ? 'Not switched' : 'Not confirmed'}: ${error.message}`;
}

/** Turns off whatever is on; stops at the first rejection, which would be that of the others too. */
export async function allOff(): Promise<void> {
  for (const { name } of faultsOn.peek()) if (!(await switchFault(name, false))) return;
}

function take(name: FaultName, enabled: boolean): void {
  news.set(name, enabled);
  const list = faultList.peek();
  if (list) faultList.value = withNews(list);
}

function withNews(list: FaultList): FaultList {
  const faults = list.faults.map((fault) => ({ ...fault, enabled: news.get(fault.name) ?? fault.enabled }));
  return { ...list, faults };
}
