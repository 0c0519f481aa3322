/** Something that ends the run and that one line can explain. */
export class StartupError extends Error {}
