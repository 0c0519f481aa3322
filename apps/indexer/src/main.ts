import { run } from '@shoal/runtime';
import { IndexerModule } from './indexer.module.js';

await run(IndexerModule, { service: 'indexer' });
