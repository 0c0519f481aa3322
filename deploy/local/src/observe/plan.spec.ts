import { describe, expect, it } from 'vitest';
import { OBSERVE_PORTS, observePlan } from './plan.js';
import type { Programs } from './programs.js';

const ALL = { collector: '/bin/otelcol-contrib', jaeger: '/bin/jaeger', prometheus: '/bin/prometheus' };
const PORTS = Array.from({ length: OBSERVE_PORTS }, (_, i) => 20_000 + i);

const plan = (programs: Programs) => observePlan(programs, '/data', PORTS);
const names = (programs: Programs) => plan(programs).watchers.map(({ name }) => name);

describe('the plan of what watches the cluster', () => {
  it('leads from the sidecar to the gateway to Jaeger', () => {
    const { watchers, tracing } = plan(ALL);
    const [jaeger, gateway, sidecar] = watchers.map(({ env }) => env);
    expect(tracing?.otlpUrl).toBe(`http://${sidecar?.OTLP_LISTEN}`);
    expect(sidecar?.GATEWAY_URL).toBe(`http://${gateway?.OTLP_LISTEN}`);
    expect(gateway?.JAEGER_OTLP_URL).toBe(`http://${jaeger?.OTLP_LISTEN}`);
    expect(tracing?.jaegerUrl).toBe(`http://${jaeger?.QUERY_LISTEN}`);
    expect(tracing?.spanMetrics).toBe(gateway?.SPAN_METRICS_LISTEN);
  });

  it('gives each port once, and only on loopback', () => {
    const text = JSON.stringify(plan(ALL));
    const addresses = plan(ALL).watchers.flatMap(({ env, program }) =>
      [...Object.entries(env), ...program.args.map((arg) => arg.split('=') as [string, string])]
        .filter(([name]) => /_LISTEN$|listen-address$/.test(name))
        .map(([, address]) => address),
    );
    const metrics = plan(ALL).watchers.flatMap(({ env }) => env.METRICS_PORT ?? []);
    const listened = [...addresses.map((address) => address.replace('127.0.0.1:', '')), ...metrics];
    expect(listened.toSorted()).toEqual(PORTS.map(String));
    expect(text).not.toContain('0.0.0.0');
  });

  it('has no part of the way of the traces without the rest of it', () => {
    expect(names(ALL)).toEqual(['jaeger', 'gateway', 'sidecar', 'prometheus']);
    expect(names({ prometheus: ALL.prometheus })).toEqual(['prometheus']);
    expect(names({ ...ALL, jaeger: undefined })).toEqual(['prometheus']);
    expect(names({ ...ALL, collector: undefined })).toEqual(['prometheus']);
    expect(names({ ...ALL, prometheus: undefined })).toEqual(['jaeger', 'gateway', 'sidecar']);
    expect(plan({ prometheus: ALL.prometheus }).tracing).toBeUndefined();
  });
});
