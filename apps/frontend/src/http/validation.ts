import { BadRequestException, StandardSchemaValidationPipe } from '@nestjs/common';

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
}

/** Lists all faults, one sentence each. The messages of Shoal's schemas name the field and the remedy. */
export function problemsOf(issues: readonly Issue[]): string {
  return issues.map((issue) => describe(issue)).join('; ');
}

/** Checks every parameter and body that is declared with a schema. */
export function validation(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => new BadRequestException(problemsOf(issues)),
  });
}

function describe({ message, path = [] }: Issue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return keys.length === 0 || message.includes(keys[0]!) ? message : `${keys.join('.')}: ${message}`;
}
