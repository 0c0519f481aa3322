export const PAGE_SIZE = 10;

/**
 * The deepest hit that can be asked for: MAX_WINDOW of the contracts. It is said again here because the contracts
 * bring their validator along, ten times the size of this page.
 */
export const MAX_WINDOW = 1000;
