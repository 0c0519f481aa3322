import { useEffect, useState } from 'preact/hooks';

/** Copies a text, and says that it did. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(''), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Not allowed'); // no clipboard without https, except on this very machine
    }
  };
  return (
    <>
      <button type="button" class="text-button" aria-label={`Copy ${what}`} onClick={() => void copy()}>
        {said === '' ? 'Copy' : said}
      </button>
      <span class="visually-hidden" role="status">
        {said}
      </span>
    </>
  );
}
