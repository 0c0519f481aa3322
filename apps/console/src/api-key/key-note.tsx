import { apiKey, forgetKey } from './api-key.js';

/** Says that this tab holds a key, and lets one take it away. */
export function KeyNote() {
  if (apiKey.value === undefined) return null;
  return (
    <p class="quiet key-note">
      This tab holds an API key.{' '}
      <button type="button" class="text-button" onClick={forgetKey}>
        Forget it
      </button>
    </p>
  );
}
