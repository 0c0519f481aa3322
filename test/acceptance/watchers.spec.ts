import { describe, expect, it } from 'vitest';
import { fakeProgram } from '../cluster/stand-ins.ts';
import { composeTarget } from './compose-target.ts';
import { kubernetesTarget } from './kubernetes-target.ts';

describe('who watches', () => {
  it('is asked in Compose while it has a container, which need not run', async () => {
    // Grafana has none; Jaeger's crashes again and again, and so publishes nothing.
    fakeProgram(
      'docker',
      `case $* in
        'compose ps --all --services') printf 'envoy\\njaeger\\nprometheus\\n' ;;
        'compose port envoy 8080') echo 127.0.0.1:8080 ;;
        'compose port prometheus 9090') echo 127.0.0.1:9999 ;;
        'compose exec'*) echo key ;;
        *) exit 1 ;;
      esac`,
    );
    expect((await composeTarget()).watchers).toEqual({
      prometheus: { url: 'http://127.0.0.1:9999' },
      jaeger: { url: 'http://127.0.0.1:16686' },
      grafana: { leftOut: 'Compose has no container of it' },
    });
  });

  it('is asked on Kubernetes while it has a workload with pods, which need not be ready', async () => {
    fakeProgram(
      'kubectl',
      `case $* in
        *' get deployment/grafana '*) echo 0 ;;
        *' get deployment/jaeger '*) echo 1 ;;
        *' get secret '*) echo a2V5 ;;
      esac`,
    );
    expect((await kubernetesTarget()).watchers).toEqual({
      prometheus: { leftOut: 'there is no statefulset/prometheus' },
      jaeger: { url: 'http://127.0.0.1:16686' },
      grafana: { leftOut: 'deployment/grafana is scaled to 0' },
    });
  });
});
