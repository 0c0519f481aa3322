/** As the SDK takes it. What it cannot read it would replace by a collector of its own choice, http://localhost:4318. */
const readable = (url: string) => /^https?:\/\//i.test(url) && URL.canParse(`${url}/`);

/**
 * Whether OpenTelemetry's environment variables say where to send this signal.
 * @throws Error that names the variable when it holds no URL; not its value, in which there may be a password
 */
export function exportConfigured(signal: 'TRACES' | 'LOGS'): boolean {
  const { env } = process;
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  const variables = [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const variable = variables.find((name) => env[name]);
  if (variable === undefined) return false;
  if (readable(env[variable]!)) return true;
  throw new Error(`cannot start: ${variable} must be a URL that begins with http:// or https://`);
}
