import { Injectable, NotFoundException, type PipeTransform } from '@nestjs/common';
import { FAULT_NAMES, type FaultName } from '@shoal/contracts';

/** The name of a fault in a path. */
@Injectable()
export class FaultNamePipe implements PipeTransform<string, FaultName> {
  transform(value: string): FaultName {
    const name = FAULT_NAMES.find((known) => known === value);
    if (name) return name;
    throw new NotFoundException(
      `there is no fault ${JSON.stringify(value)}: choose one of ${FAULT_NAMES.join(', ')}`,
    );
  }
}
