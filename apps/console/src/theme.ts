import { computed, signal } from '@preact/signals';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'shoal-theme';

/** What the reader chose; `system` follows the device. */
export const theme = signal<Theme>(stored());

const device = globalThis.matchMedia?.('(prefers-color-scheme: dark)');
const deviceIsDark = signal(device?.matches ?? false);
device?.addEventListener('change', ({ matches }) => {
  deviceIsDark.value = matches;
});

/** What the reader sees, for drawings that style sheets do not reach. */
export const isDark = computed(() =>
  theme.value === 'system' ? deviceIsDark.value : theme.value === 'dark',
);

function stored(): Theme {
  try {
    return THEMES.find((name) => name === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    return 'system'; // storage is blocked: the choice then lasts as long as the page
  }
}

/** The theme that the switch goes to next. */
export function nextTheme(now: Theme): Theme {
  return THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? 'system';
}

/** Shows the chosen theme; the colours themselves are in styles/tokens.css. */
export function applyTheme(): void {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  applyTheme();
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // storage is blocked: see stored()
  }
}
