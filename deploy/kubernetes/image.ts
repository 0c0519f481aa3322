import { command } from '../containers/command.ts';

/** Of all our processes, as the manifests call it. */
export const IMAGE = 'shoal:0.1.0';

/** Builds it. Without attestations: they would make it an index of several images, which not every kind loads. */
export async function buildImage(): Promise<void> {
  const env = { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
  await command(['docker', 'build', '--tag', IMAGE, '.'], { env, shown: true });
}
