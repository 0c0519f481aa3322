import { run } from '@shoal/service';
import { IndexerModule } from './indexer.module.js';

await run(IndexerModule, { service: 'indexer' });
