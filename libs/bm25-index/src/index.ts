export { analyze, tokens, type Token } from './analyzer.js';
export { Bm25Index } from './bm25-index.js';
export { PartitionJournal, type StatisticsChange } from './partition-journal.js';
export { compareRanked, search, TopK, type Found, type Hit, type Query, type Ranked } from './search.js';
export { StatisticsTable, type SequencedChange } from './statistics-table.js';
export { compareSuggestions, mergeSuggestions, TitleSuggester, type Suggestion } from './title-suggester.js';
export { idf, weighQuery, type CorpusStatistics, type WeighedQuery } from './weights.js';
