import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import { ApiProblems } from '../http/openapi.js';

/** Describes a call that changes something: where the run has API keys, who makes it needs one (see `demandKeys`). */
export function NeedsKey(): MethodDecorator {
  return applyDecorators(ApiBearerAuth(), ApiSecurity('api-key'), ApiProblems(401, 403));
}
