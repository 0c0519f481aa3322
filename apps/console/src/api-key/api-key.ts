import { signal } from '@preact/signals';

const STORED_AS = 'shoal-api-key';

/** The key that the cluster accepted from this tab. It is gone with the tab, and never part of an address. */
export const apiKey = signal(stored());

/** The cluster wants a key, for the reason it gave. `answer` takes what the reader typed; undefined for nothing. */
export interface KeyRequest {
  why: string;
  answer: (key: string | undefined) => void;
}

/** What the dialog asks for now, if anything. */
export const keyRequest = signal<KeyRequest | undefined>(undefined);

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(STORED_AS) ?? undefined;
  } catch {
    return undefined; // storage is blocked: the key then lasts as long as the page
  }
}

export function keepKey(key: string): void {
  apiKey.value = key;
  try {
    sessionStorage.setItem(STORED_AS, key);
  } catch {
    // storage is blocked: see stored()
  }
}

export function forgetKey(): void {
  apiKey.value = undefined;
  try {
    sessionStorage.removeItem(STORED_AS);
  } catch {
    // storage is blocked: see stored()
  }
}

/** Opens the dialog. A newer request replaces an older one, which then gets no key. @returns undefined when rejected */
export function askForKey(why: string): Promise<string | undefined> {
  keyRequest.peek()?.answer(undefined);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const answer = (key: string | undefined) => {
    keyRequest.value = undefined;
    resolve(key);
  };
  keyRequest.value = { why, answer };
  return promise;
}
