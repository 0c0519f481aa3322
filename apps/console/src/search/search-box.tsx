import { useEffect, useRef } from 'preact/hooks';
import { commit, text, typed } from './search-store.js';
import { closeSuggestions, moveActive, setActive, suggest, suggestions } from './suggestions.js';

/** Search box with suggestions, an ARIA combobox (WAI-ARIA Authoring Practices, "editable with list autocomplete"). */
export function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  useSlashKey(input);
  const { options, active } = suggestions.value;
  const open = options.length > 0;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (open) moveActive(event.key === 'ArrowDown' ? 1 : -1);
      else suggest(text.value);
    } else if (event.key === 'Escape') {
      if (open) closeSuggestions();
      else choose('');
    }
  };

  return (
    <form
      role="search"
      class="search-box"
      onSubmit={(event) => {
        event.preventDefault();
        choose(options[active] ?? text.value);
      }}
    >
      <MagnifierIcon />
      <input
        ref={input}
        id="q"
        name="q"
        type="text"
        role="combobox"
        aria-label="Search the documents"
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls="suggestions"
        aria-activedescendant={active >= 0 ? `suggestion-${active}` : undefined}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        enterkeyhint="search"
        placeholder="Search"
        value={text.value}
        onInput={(event) => {
          typed(event.currentTarget.value);
          suggest(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
        onBlur={closeSuggestions}
      />
      <kbd class="slash-hint" aria-hidden="true">
        /
      </kbd>
      <ul id="suggestions" role="listbox" aria-label="Suggestions" hidden={!open}>
        {options.map((option, at) => (
          <li
            key={option}
            id={`suggestion-${at}`}
            role="option"
            aria-selected={at === active}
            // Not onClick: the box would lose its focus first and close the list.
            onPointerDown={(event) => {
              event.preventDefault();
              choose(option);
            }}
            onPointerMove={() => setActive(at)}
          >
            <Completion option={option} typed={text.value.trim()} />
          </li>
        ))}
      </ul>
    </form>
  );
}

function choose(value: string): void {
  closeSuggestions();
  commit(value);
}

/** Emphasises the part of an option that has not been typed. */
function Completion({ option, typed }: { option: string; typed: string }) {
  const at = option.toLowerCase().indexOf(typed.toLowerCase());
  if (at < 0) return <b>{option}</b>;
  const end = at + typed.length;
  return (
    <>
      <b>{option.slice(0, at)}</b>
      {option.slice(at, end)}
      <b>{option.slice(end)}</b>
    </>
  );
}

/** Focuses the box when `/` is pressed outside a field. */
function useSlashKey(input: { current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && event.target.closest('input, textarea, select')) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [input]);
}

function MagnifierIcon() {
  return (
    <svg class="magnifier" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <circle cx="9" cy="9" r="5.500" />
      <path d="M13.200 13.200 17 17" />
    </svg>
  );
}
