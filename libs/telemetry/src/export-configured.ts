/** Whether OpenTelemetry's environment variables say where to send this signal. */
export function exportConfigured(signal: 'TRACES' | 'LOGS'): boolean {
  const { env } = process;
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  return Boolean(env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] || env['OTEL_EXPORTER_OTLP_ENDPOINT']);
}
