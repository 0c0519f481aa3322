import { computed, signal } from '@preact/signals';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = 'shoal-theme';

/** Theme that the user chose; `system` follows the device. */
export const theme = signal<Theme>(storedTheme());

const device = globalThis.matchMedia?.('(prefers-color-scheme: dark)');
const deviceIsDark = signal(device?.matches ?? false);
device?.addEventListener('change', ({ matches }) => {
  deviceIsDark.value = matches;
});

/** Whether the page is dark, for canvases, which style sheets do not reach. */
export const isDark = computed(() =>
  theme.value === 'system' ? deviceIsDark.value : theme.value === 'dark',
);

function storedTheme(): Theme {
  try {
    return THEMES.find((name) => name === localStorage.getItem(STORAGE_KEY)) ?? 'system';
  } catch {
    return 'system'; // The browser blocks storage: the choice lasts as long as the page.
  }
}

/** Returns the theme that the switch selects next. */
export function nextTheme(now: Theme): Theme {
  return THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? 'system';
}

/** Applies the chosen theme; styles/tokens.css has the colours. */
export function applyTheme(): void {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  applyTheme();
  try {
    localStorage.setItem(STORAGE_KEY, chosen);
  } catch {
    // The browser blocks storage: see storedTheme().
  }
}
