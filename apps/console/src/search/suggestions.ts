import { signal } from '@preact/signals';
import type { SuggestAnswer } from '@shoal/contracts';
import { getJson, Latest } from '../shared/api.js';

const DEBOUNCE_MS = 60;

/** List under the search box, closed if it has no options. `active` is the selected option, -1 for none. */
export interface Suggestions {
  options: string[];
  active: number;
}

const CLOSED: Suggestions = { options: [], active: -1 };

export const suggestions = signal<Suggestions>(CLOSED);

const latest = new Latest();
let debounceTimer: ReturnType<typeof setTimeout> | undefined;

/** Requests the titles that complete the typed text. A failure closes the list without an error. */
export function suggest(typed: string): void {
  clearTimeout(debounceTimer);
  const q = typed.trim();
  if (q === '') return closeSuggestions();
  debounceTimer = setTimeout(() => {
    latest.run(
      (signal) => getJson<SuggestAnswer>(`/api/suggest?${new URLSearchParams({ q }).toString()}`, signal),
      (answer) => {
        suggestions.value = { options: [...new Set(answer.suggestions.map(({ text }) => text))], active: -1 };
      },
      closeSuggestions,
    );
  }, DEBOUNCE_MS);
}

/** Closes the list and cancels a request for a new one. */
export function closeSuggestions(): void {
  clearTimeout(debounceTimer);
  latest.cancel();
  suggestions.value = CLOSED;
}

/** Moves the selection up or down. Past either end no option is selected. */
export function moveActive(by: 1 | -1): void {
  const { options, active } = suggestions.value;
  const positions = options.length + 1;
  suggestions.value = { options, active: ((active + 1 + by + positions) % positions) - 1 };
}

export function setActive(active: number): void {
  suggestions.value = { ...suggestions.value, active };
}
