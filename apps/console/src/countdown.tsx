import { useEffect, useState } from 'preact/hooks';

/** "in 3 s", down to "now". Silent for screen readers, which would read every second. */
export function Countdown({ until }: { until: number }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((n) => n + 1), 250);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((until - Date.now()) / 1000);
  return <span aria-hidden="true">{seconds > 0 ? `in ${seconds} s` : 'now'}</span>;
}
