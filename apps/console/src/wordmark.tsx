/** The name with its mark, a small school of fish. */
export function Wordmark() {
  return (
    <span class="wordmark">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" focusable="false">
        <path d="M9 9c4-4.500 10-4.500 15 0-5 4.500-11 4.500-15 0L4.500 12.500v-7z" />
        <path opacity=".7" d="M14 19.500c3-3.500 8-3.500 12 0-4 3.500-9 3.500-12 0l-3.500 2.700v-5.400z" />
        <path opacity=".45" d="M7.500 26c2.500-3 6.500-3 9.500 0-3 3-7 3-9.500 0l-3 2.200v-4.400z" />
      </svg>
      <span class="name">Shoal</span>
    </span>
  );
}
