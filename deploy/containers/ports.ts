/** A port of a cluster in containers that is published on this machine's loopback. */
interface Port {
  /** Name of the service in Compose and on Kubernetes. */
  service: string;
  /** Description for the operator. */
  description: string;
  /** Port of kind's nodes, as in overlays/kind. */
  nodePort: number;
  /** Default port on this machine; `variable` overrides it. */
  port: number;
  variable: string;
}

export const PORTS = {
  edge: {
    service: 'envoy',
    description: 'the console and the API',
    nodePort: 30080,
    port: 8080,
    variable: 'SHOAL_PORT',
  },
  tls: {
    service: 'envoy',
    description: 'the same with TLS',
    nodePort: 30443,
    port: 8443,
    variable: 'SHOAL_TLS_PORT',
  },
  jaeger: {
    service: 'jaeger',
    description: 'Jaeger',
    nodePort: 30686,
    port: 16686,
    variable: 'SHOAL_JAEGER_PORT',
  },
  prometheus: {
    service: 'prometheus',
    description: 'Prometheus',
    nodePort: 30090,
    port: 9090,
    variable: 'SHOAL_PROMETHEUS_PORT',
  },
  grafana: {
    service: 'grafana',
    description: 'Grafana',
    nodePort: 30300,
    port: 3000,
    variable: 'SHOAL_GRAFANA_PORT',
  },
} satisfies Record<string, Port>;

export type PortName = keyof typeof PORTS;
export const PORT_NAMES = Object.keys(PORTS) as PortName[];

export const portOf = ({ port, variable }: Port): number => Number(process.env[variable] ?? port);

/** Returns the address of a port on this machine. */
export const urlOf = (name: PortName): string =>
  `${name === 'tls' ? 'https' : 'http'}://127.0.0.1:${portOf(PORTS[name])}`;

/** Returns one line with the address of each port whose service runs. */
export const addresses = (isRunning: (service: string) => boolean): string[] =>
  PORT_NAMES.filter((name) => isRunning(PORTS[name].service)).map(
    (name) => `${urlOf(name).padEnd(24)} ${PORTS[name].description}`,
  );
