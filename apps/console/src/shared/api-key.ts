import { signal } from '@preact/signals';

const STORAGE_KEY = 'shoal-api-key';

/** API key that the cluster accepted from this tab. It ends with the tab and is never part of an address. */
export const apiKey = signal(storedKey());

/** Request for an API key. `why` is the cluster's reason; `answer` takes the key, or undefined on cancel. */
export interface KeyRequest {
  why: string;
  answer: (key: string | undefined) => void;
}

/** Request that the dialog shows now, if any. */
export const keyRequest = signal<KeyRequest | undefined>(undefined);

function storedKey(): string | undefined {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined; // The browser blocks storage: the key lasts as long as the page.
  }
}

export function storeKey(key: string): void {
  apiKey.value = key;
  try {
    sessionStorage.setItem(STORAGE_KEY, key);
  } catch {
    // The browser blocks storage: see storedKey().
  }
}

export function removeKey(): void {
  apiKey.value = undefined;
  try {
    sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // The browser blocks storage: see storedKey().
  }
}

/** Opens the dialog. A newer request cancels an older one. @returns undefined when cancelled */
export function promptForKey(why: string): Promise<string | undefined> {
  keyRequest.peek()?.answer(undefined);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const answer = (key: string | undefined) => {
    keyRequest.value = undefined;
    resolve(key);
  };
  keyRequest.value = { why, answer };
  return promise;
}
