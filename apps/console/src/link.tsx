import type { ComponentChildren } from 'preact';
import { navigate } from './router.js';

interface Props {
  href: string;
  class?: string | undefined;
  label?: string | undefined;
  current?: boolean | undefined;
  children: ComponentChildren;
}

/** A link inside the page: a plain click stays in it, anything else (new tab, copy) is the browser's. */
export function Link({ href, label, current, children, ...rest }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a
      href={href}
      class={rest.class}
      aria-label={label}
      aria-current={current ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}
