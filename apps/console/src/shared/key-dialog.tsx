import { useEffect, useRef } from 'preact/hooks';
import { apiKey, keyRequest, type KeyRequest, removeKey } from './api-key.js';

/** Prompts for an API key when the cluster requires one. */
export function KeyDialog() {
  const request = keyRequest.value;
  return request && <OpenDialog request={request} />;
}

function OpenDialog({ request: { why, answer } }: { request: KeyRequest }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="key-dialog" aria-labelledby="key-title" onCancel={() => answer(undefined)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          answer(input.current?.value);
        }}
      >
        <h2 id="key-title">API key</h2>
        <p>{why}</p>
        <label for="key">Key</label>
        <input
          ref={input}
          id="key"
          type="password"
          autocomplete="off"
          required
          // Characters that an HTTP header may contain.
          pattern="[!-~]+"
          title="Letters, digits and punctuation, without spaces"
        />
        <p class="quiet">This tab keeps the key until you close the tab or remove the key.</p>
        <p class="actions">
          <button type="submit" class="button">
            Use this key
          </button>
          <button type="button" class="text-button" onClick={() => answer(undefined)}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  );
}

/** Shows that this tab keeps a key, with a button that removes it. */
export function KeyNote() {
  if (apiKey.value === undefined) return null;
  return (
    <p class="quiet key-note">
      This tab keeps an API key.{' '}
      <button type="button" class="text-button" onClick={removeKey}>
        Remove key
      </button>
    </p>
  );
}
