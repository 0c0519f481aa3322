// Runs Shoal by Docker Compose: `npm run compose:up`, `npm run compose:down`
import { StartupError } from '../local/src/startup-error.ts';
import { compose, up, useCore } from './up.ts';

const log = (line: string): void => console.log(`shoal: ${line}`);

const commands: Record<string, (args: string[]) => Promise<unknown>> = {
  up: (args) => {
    if (args.includes('--core')) useCore();
    return up(
      args.filter((arg) => arg !== '--core'),
      log,
    );
  },
  // Also stops a start with --core, which has the same project name.
  down: (args) => compose(['down', ...args], { shown: true }),
};

try {
  const [name = '', ...args] = process.argv.slice(2);
  const run = commands[name];
  if (!run) throw new StartupError(`unknown command "${name}": use ${Object.keys(commands).join(' or ')}`);
  await run(args);
} catch (error) {
  console.error(error instanceof StartupError ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
