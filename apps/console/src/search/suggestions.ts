import { signal } from '@preact/signals';
import type { SuggestAnswer } from '@shoal/contracts';
import { getJson } from '../api.js';
import { Latest } from '../latest.js';

const DEBOUNCE_MS = 60;

/** The list under the search box; no options means that it is closed. `active` is the chosen line, -1 for none. */
export interface Suggestions {
  options: string[];
  active: number;
}

const CLOSED: Suggestions = { options: [], active: -1 };

export const suggestions = signal<Suggestions>(CLOSED);

const latest = new Latest();
let debounce: ReturnType<typeof setTimeout> | undefined;

/** Looks for titles that complete what was typed. Suggestions are a help, so a failure shows no list and no error. */
export function suggest(typed: string): void {
  clearTimeout(debounce);
  const q = typed.trim();
  if (q === '') return closeSuggestions();
  debounce = setTimeout(() => {
    latest.run(
      (signal) => getJson<SuggestAnswer>(`/api/suggest?${new URLSearchParams({ q }).toString()}`, signal),
      (answer) => {
        suggestions.value = { options: [...new Set(answer.suggestions.map(({ text }) => text))], active: -1 };
      },
      closeSuggestions,
    );
  }, DEBOUNCE_MS);
}

/** Closes the list, and keeps one that is on its way from opening. */
export function closeSuggestions(): void {
  clearTimeout(debounce);
  latest.cancel();
  suggestions.value = CLOSED;
}

/** Moves the choice up or down; beyond the ends lies the box itself, with nothing chosen. */
export function moveActive(by: 1 | -1): void {
  const { options, active } = suggestions.value;
  const places = options.length + 1;
  suggestions.value = { options, active: ((active + 1 + by + places) % places) - 1 };
}

export function setActive(active: number): void {
  suggestions.value = { ...suggestions.value, active };
}
