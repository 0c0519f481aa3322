import { useEffect, useRef } from 'preact/hooks';
import { keyRequest, type KeyRequest } from './api-key.js';

/** Asks for an API key when the cluster wants one. */
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
          // What a header may carry.
          pattern="[!-~]+"
          title="letters, digits and signs, without spaces"
        />
        <p class="quiet">It is kept in this tab until the tab is closed or you let the page forget it.</p>
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
