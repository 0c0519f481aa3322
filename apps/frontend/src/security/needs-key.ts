import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import { ApiProblems } from '../http/openapi.js';
import { KeyGuard } from './key.guard.js';

/** For every call that changes something: who makes it needs an API key where the run has some. */
export function NeedsKey(): MethodDecorator {
  return applyDecorators(UseGuards(KeyGuard), ApiBearerAuth(), ApiSecurity('api-key'), ApiProblems(401, 403));
}
