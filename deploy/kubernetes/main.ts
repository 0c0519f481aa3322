// Shoal on Kubernetes: `npm run kind:up`, `npm run kind:down`, `npm run kubernetes:secrets`
import { StartupError } from '../local/src/startup-error.ts';
import { checkDocker, checkMemory, checkPorts, checkProgram } from '../containers/checks.ts';
import { PORT_NAMES } from '../containers/ports.ts';
import { kubectl, useCurrentContext } from './kubectl.ts';
import { checkKind, clusterExists, createCluster, deleteCluster } from './kind.ts';
import { deploy } from './deploy.ts';
import { buildImage } from './image.ts';
import { applySecrets } from './secrets.ts';

/** What three nodes and all pods take together, with room for an image build. */
const NEEDED_MB = 5000;

const say = (text: string): void => console.log(`shoal: ${text}`);

const commands: Record<string, () => Promise<void>> = {
  up: async () => {
    await checkDocker();
    await checkMemory(NEEDED_MB, 'try npm run compose:up');
    await checkProgram('kubectl', 'version', '--client');
    await checkKind();
    if (!(await clusterExists())) await checkPorts(PORT_NAMES, 'npm run kind:up');
    say('building the image');
    await buildImage();
    say('making the cluster');
    await createCluster();
    await deploy(say);
  },
  down: deleteCluster,
  secrets: async () => {
    await checkProgram('kubectl', 'version', '--client');
    const context = await useCurrentContext();
    await kubectl(['create', 'namespace', 'shoal']).catch(() => {});
    await applySecrets();
    say(`the secrets are in ${context}, what kubectl calls the cluster`);
  },
};

try {
  const name = process.argv[2] ?? '';
  const chosen = commands[name];
  if (!chosen)
    throw new StartupError(`there is no command "${name}": give ${Object.keys(commands).join(', ')}`);
  await chosen();
} catch (error) {
  console.error(error instanceof StartupError ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
