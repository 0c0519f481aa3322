import { composeTarget } from './compose-target.ts';
import { kubernetesTarget } from './kubernetes-target.ts';
import { localTarget } from './local-target.ts';
import type { Target } from './target.ts';

/** Where the suite can be run. */
export const TARGETS = {
  local: localTarget,
  compose: composeTarget,
  kubernetes: kubernetesTarget,
} satisfies Record<string, () => Target | Promise<Target>>;

export type TargetName = keyof typeof TARGETS;

export const isTargetName = (text: string): text is TargetName => Object.hasOwn(TARGETS, text);
