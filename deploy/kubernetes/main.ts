// Shoal on Kubernetes: `npm run kind:up`, `npm run kind:down`, `npm run kubernetes:secrets`
import { Trouble } from '../local/src/trouble.ts';
import { checkDocker, checkPorts, checkProgram } from './checks.ts';
import { kubectl } from './command.ts';
import { checkKind, clusterExists, createCluster, deleteCluster } from './kind.ts';
import { deploy } from './deploy.ts';
import { buildImage } from './image.ts';
import { applySecrets } from './secrets.ts';

const say = (text: string): void => console.log(`shoal: ${text}`);

const commands: Record<string, () => Promise<void>> = {
  up: async () => {
    await checkDocker();
    await checkProgram('kubectl', 'version', '--client');
    await checkKind();
    if (!(await clusterExists())) await checkPorts();
    say('building the image');
    await buildImage();
    say('making the cluster');
    await createCluster();
    await deploy(say);
  },
  down: deleteCluster,
  secrets: async () => {
    await checkProgram('kubectl', 'version', '--client');
    await kubectl(['create', 'namespace', 'shoal']).catch(() => {});
    await applySecrets();
  },
};

try {
  const name = process.argv[2] ?? '';
  const chosen = commands[name];
  if (!chosen) throw new Trouble(`there is no command "${name}": give ${Object.keys(commands).join(', ')}`);
  await chosen();
} catch (error) {
  console.error(error instanceof Trouble ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
