import { Body, Controller, ForbiddenException, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import {
  fault,
  FAULT_NAMES,
  faultList,
  FAULTS,
  faultSwitch,
  noParameters,
  type Fault,
  type FaultList,
  type FaultName,
  type FaultSwitch,
} from '@shoal/contracts';
import { Faults } from '@shoal/runtime';
import { ApiProblems } from '../http/openapi.js';
import { NeedsKey } from '../security/needs-key.js';
import { FaultNamePipe } from './fault-name.pipe.js';

/** The switches with which this cluster is broken on purpose. */
@ApiTags('faults')
@Controller('api/faults')
export class FaultsController {
  constructor(private readonly faults: Faults) {}

  @Get()
  @ApiOperation({
    summary: 'List the faults with effect, demonstration, cure and state',
  })
  @ApiOkResponse({ standardSchema: faultList })
  @ApiProblems(400)
  list(@Query({ schema: noParameters }) _: object): FaultList {
    const { allowed } = this.faults;
    return { allowed, faults: FAULT_NAMES.map((name) => this.describe(name, this.faults.on(name))) };
  }

  @Put(':name')
  @NeedsKey()
  @ApiOperation({
    summary: 'Switch a fault on or off, in all processes',
    description: 'Responds once the switch is stored. The processes receive it within moments.',
  })
  @ApiParam({ name: 'name', enum: FAULT_NAMES })
  @ApiOkResponse({ standardSchema: fault })
  @ApiProblems(400, 403, 404, 408, 415, 503)
  async switch(
    @Param('name', FaultNamePipe) name: FaultName,
    @Body({ schema: faultSwitch }) { enabled }: FaultSwitch,
    @Query({ schema: noParameters }) _: object,
  ): Promise<Fault> {
    if (!this.faults.allowed) {
      throw new ForbiddenException(
        'this run does not allow faults: start it again with npm start -- --faults on (SHOAL_FAULTS=on in every process)',
      );
    }
    await this.faults.switch(name, enabled);
    return this.describe(name, enabled);
  }

  private describe(name: FaultName, enabled: boolean): Fault {
    return { name, enabled, ...FAULTS[name] };
  }
}
