import { contextOf, kubectl } from '../../deploy/kubernetes/kubectl.ts';
import { urlOf } from '../../deploy/containers/ports.ts';
import { until } from '../support/until.ts';
import { RESTART_MS, type Target } from './target.ts';

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
    prometheusUrl: urlOf('prometheus'),
    grafanaUrl: await reachable(urlOf('grafana')),
    crash,
    restart,
    scale,
  };
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

/** The URL, if anybody answers there. */
const reachable = (url: string): Promise<string | undefined> =>
  fetch(url).then(
    () => url,
    () => undefined,
  );

/** A new pod counts as available only after half a minute, when Envoy has found it. */
const ROLLOUT_SECONDS = 300;
