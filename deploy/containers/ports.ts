/** What of a cluster in containers is published on this machine's loopback. */
interface Port {
  /** Who has it, in Compose and on Kubernetes. */
  service: string;
  /** What it is, for a person. */
  what: string;
  /** Of kind's nodes, as its overlay has it. */
  nodePort: number;
  /** Of this machine, unless its variable says otherwise. */
  port: number;
  variable: string;
}

export const PORTS = {
  edge: {
    service: 'envoy',
    what: 'the page and the API',
    nodePort: 30080,
    port: 8080,
    variable: 'SHOAL_PORT',
  },
  tls: {
    service: 'envoy',
    what: 'the same with TLS',
    nodePort: 30443,
    port: 8443,
    variable: 'SHOAL_TLS_PORT',
  },
  jaeger: { service: 'jaeger', what: 'Jaeger', nodePort: 30686, port: 16686, variable: 'SHOAL_JAEGER_PORT' },
  prometheus: {
    service: 'prometheus',
    what: 'Prometheus',
    nodePort: 30090,
    port: 9090,
    variable: 'SHOAL_PROMETHEUS_PORT',
  },
  grafana: {
    service: 'grafana',
    what: 'Grafana',
    nodePort: 30300,
    port: 3000,
    variable: 'SHOAL_GRAFANA_PORT',
  },
} satisfies Record<string, Port>;

export type PortName = keyof typeof PORTS;
export const PORT_NAMES = Object.keys(PORTS) as PortName[];

export const portOf = ({ port, variable }: Port): number => Number(process.env[variable] ?? port);

/** Where one is found from this machine. */
export const urlOf = (name: PortName): string =>
  `${name === 'tls' ? 'https' : 'http'}://127.0.0.1:${portOf(PORTS[name])}`;

/** What there is to open, a line for each of those whose service runs. */
export const addresses = (isRunning: (service: string) => boolean): string[] =>
  PORT_NAMES.filter((name) => isRunning(PORTS[name].service)).map(
    (name) => `${urlOf(name).padEnd(24)} ${PORTS[name].what}`,
  );
