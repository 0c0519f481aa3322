import { contextOf, kubectl } from '../../deploy/kubernetes/kubectl.ts';
import { urlOf } from '../../deploy/containers/ports.ts';
import { until } from '../cluster/until.ts';
import { eachWatcher, RESTART_MS, type Target, type Watcher, type WatcherName } from './target.ts';

/**
 * What runs in the namespace `shoal` of the cluster that `npm run kind:up` makes, or that SHOAL_KUBE_CONTEXT names, where kind publishes it.
 * @throws Error when it does not
 */
export async function kubernetesTarget(): Promise<Target> {
  const key = await kubectl(['get', 'secret', 'api-key', '-o', 'jsonpath={.data.api-key}']).catch(
    (cause: unknown) => {
      throw new Error(
        `kubectl finds no Shoal in ${contextOf()}: start it with npm run kind:up, and set KUBECONFIG if that says so`,
        { cause },
      );
    },
  );
  return {
    url: urlOf('edge'),
    apiKey: Buffer.from(key, 'base64').toString(),
    watchers: await eachWatcher(findWatcher),
    crash,
    restart,
    scale,
  };
}

const WORKLOADS = {
  prometheus: 'statefulset/prometheus',
  jaeger: 'deployment/jaeger',
  grafana: 'deployment/grafana',
} satisfies Record<WatcherName, string>;

/** One that is deployed has a workload with pods, also when these do not get ready. */
async function findWatcher(name: WatcherName): Promise<Watcher> {
  const query = ['get', WORKLOADS[name], '--ignore-not-found', '-o', 'jsonpath={.spec.replicas}'];
  const pods = await kubectl(query);
  if (pods === '') return { leftOut: `there is no ${WORKLOADS[name]}` };
  return pods === '0' ? { leftOut: `${WORKLOADS[name]} is scaled to 0` } : { url: urlOf(name) };
}

/** Of the process in a pod, without the collector beside it. */
const field = (name: string): string => `{.status.containerStatuses[?(@.name=="app")].${name}}`;

/** A process has the name of its pod, in which Kubernetes starts another one. */
async function crash(name: string): Promise<void> {
  const starts = (): Promise<string> =>
    kubectl([
      'get',
      'pod',
      name,
      '-o',
      `jsonpath=${field('restartCount')} ${field('state.running.startedAt')}`,
    ]);
  const [before] = (await starts()).split(' ');
  // All processes of its user, in a pod of the overlay for kind: in another the first one would survive. The exec may end with it.
  await kubectl(['exec', name, '-c', 'app', '--', 'bash', '-c', 'kill -9 -1']).catch(() => undefined);
  await until(
    `${name} runs again`,
    async () => {
      const [now, startedAt] = (await starts()).split(' ');
      return now !== before && startedAt !== undefined && startedAt !== '';
    },
    RESTART_MS,
  );
}

async function restart(role: string): Promise<void> {
  await kubectl(['rollout', 'restart', `deployment/${role}`]);
  await kubectl(['rollout', 'status', `deployment/${role}`, `--timeout=${ROLLOUT_SECONDS}s`]);
}

async function scale(members: number): Promise<void> {
  await kubectl(['scale', 'statefulset/shard', `--replicas=${members}`]);
}

/** A new pod counts as available only after half a minute, when Envoy has found it. */
const ROLLOUT_SECONDS = 300;
