// Runs Shoal on Kubernetes: `npm run kind:up`, `npm run kind:down`, `npm run kubernetes:secrets`
import { StartupError } from '../local/src/startup-error.ts';
import { checkDocker, checkMemory, checkPorts, checkProgram } from '../containers/checks.ts';
import { PORT_NAMES } from '../containers/ports.ts';
import { applySecrets, deploy } from './deploy.ts';
import { buildImage, checkKind, clusterExists, createCluster, deleteCluster } from './kind.ts';
import { kubectl, useCurrentContext } from './kubectl.ts';

/** Memory of three nodes with all pods, and of an image build. */
const NEEDED_MB = 5000;

const log = (line: string): void => console.log(`shoal: ${line}`);

const commands: Record<string, () => Promise<void>> = {
  up: async () => {
    await checkDocker();
    await checkMemory(NEEDED_MB, 'try npm run compose:up');
    await checkProgram('kubectl', 'version', '--client');
    await checkKind();
    if (!(await clusterExists())) await checkPorts(PORT_NAMES, 'npm run kind:up');
    log('building the image');
    await buildImage();
    log('creating the cluster');
    await createCluster();
    await deploy(log);
  },
  down: deleteCluster,
  secrets: async () => {
    await checkProgram('kubectl', 'version', '--client');
    const context = await useCurrentContext();
    await kubectl(['create', 'namespace', 'shoal']).catch(() => {});
    await applySecrets();
    log(`applied the secrets to the context ${context}`);
  },
};

try {
  const name = process.argv[2] ?? '';
  const run = commands[name];
  if (!run) throw new StartupError(`unknown command "${name}": use ${Object.keys(commands).join(', ')}`);
  await run();
} catch (error) {
  console.error(error instanceof StartupError ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
