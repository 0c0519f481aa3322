/** What of a cluster in containers is published on this machine's loopback. */
interface Port {
  /** What it is, for a person. */
  what: string;
  /** Of kind's nodes, as its overlay has it. */
  nodePort: number;
  /** Of this machine, unless its variable says otherwise. */
  port: number;
  variable: string;
}

export const PORTS = {
  edge: { what: 'the page and the API', nodePort: 30080, port: 8080, variable: 'SHOAL_PORT' },
  tls: { what: 'the same with TLS', nodePort: 30443, port: 8443, variable: 'SHOAL_TLS_PORT' },
  jaeger: { what: 'Jaeger', nodePort: 30686, port: 16686, variable: 'SHOAL_JAEGER_PORT' },
  prometheus: { what: 'Prometheus', nodePort: 30090, port: 9090, variable: 'SHOAL_PROMETHEUS_PORT' },
  grafana: { what: 'Grafana', nodePort: 30300, port: 3000, variable: 'SHOAL_GRAFANA_PORT' },
} satisfies Record<string, Port>;

export type PortName = keyof typeof PORTS;

export const portOf = ({ port, variable }: Port): number => Number(process.env[variable] ?? port);

/** Where one is found from this machine. */
export const urlOf = (name: PortName): string =>
  `${name === 'tls' ? 'https' : 'http'}://127.0.0.1:${portOf(PORTS[name])}`;
