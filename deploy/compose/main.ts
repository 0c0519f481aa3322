// Shoal by Docker Compose, checked before and waited for afterwards: `npm run compose:up`, `npm run compose:down`
import { StartupError } from '../local/src/startup-error.ts';
import { compose, useCore } from './compose.ts';
import { up } from './up.ts';

const say = (text: string): void => console.log(`shoal: ${text}`);

const commands: Record<string, (args: string[]) => Promise<unknown>> = {
  up: (args) => {
    if (args.includes('--core')) useCore();
    return up(
      args.filter((arg) => arg !== '--core'),
      say,
    );
  },
  // Of the core too: its project has the same name.
  down: (args) => compose(['down', ...args], { shown: true }),
};

try {
  const [name = '', ...args] = process.argv.slice(2);
  const chosen = commands[name];
  if (!chosen)
    throw new StartupError(`there is no command "${name}": give ${Object.keys(commands).join(' or ')}`);
  await chosen(args);
} catch (error) {
  console.error(error instanceof StartupError ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
