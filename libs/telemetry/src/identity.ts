/** Who speaks, in every log line and metric. */
export interface Identity {
  /** What the process is, the same for all of its kind: `shard`. OpenTelemetry's `service.name`. */
  service: string;
  /** Which one of them it is: `shard-3`. OpenTelemetry's `service.instance.id`. */
  instance: string;
}
