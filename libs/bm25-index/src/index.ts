export { analyze, tokens, type Token } from './analyzer.js';
export { Bm25Index } from './bm25-index.js';
export { PartitionJournal, type StatisticsChange } from './partition-journal.js';
export { search, type Found, type Hit, type Query } from './search.js';
export { StatisticsTable, type SequencedChange } from './statistics-table.js';
export { compareSuggestions, mergeSuggestions, type Suggestion } from './suggestion.js';
export { TitleSuggester } from './title-suggester.js';
export { compareRanked, TopK, type Ranked } from './top-k.js';
export { idf, weighQuery, type CorpusStatistics, type WeighedQuery } from './weights.js';
