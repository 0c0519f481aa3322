import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark } from '../theme.js';
import { columns, PROBES_MS, type Probe } from './probe.js';

/** From 1 ms to the longest that the probe waits, so that no search changes the scale of the others. */
const BOTTOM_MS = 1;
const TOP_MS = 3000;

/** A dot for each search, by its time and how long it took; the time of the faults lies shaded behind them. */
export function ProbePlot({ probes, label }: { probes: readonly Probe[]; label: string }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = columns(probes, TOP_MS);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = draw(element);
    plot.current = drawn;
    drawn.setData(data);
    const fit = new ResizeObserver(() => drawn.setSize(sizeOf(element)));
    fit.observe(element);
    return () => {
      fit.disconnect();
      drawn.destroy();
    };
    // A canvas keeps the colours that it was drawn with, so a new theme is a new drawing.
  }, [isDark.value]);

  useEffect(() => plot.current?.setData(data), [probes]);

  return <div class="probe-plot" ref={place} role="img" aria-label={label} />;
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): { width: number; height: number } {
  return { width: clientWidth, height: clientHeight };
}

/** Canvas knows no custom properties: each colour is read as the text colour that it would be. */
function draw(element: HTMLElement): uPlot {
  const colour = (name: string) => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  return new uPlot(
    {
      ...sizeOf(element),
      padding: [6, 4, 6, 0],
      cursor: { show: false },
      legend: { show: false },
      axes: [
        { show: false },
        {
          stroke: colour('--muted'),
          font: `11px ${getComputedStyle(element).fontFamily}`,
          size: 52,
          splits: [1, 10, 100, 1000],
          // All of them, also where uPlot would find it narrow.
          filter: (_, splits) => splits,
          values: (_, ticks) => ticks.map((ms) => (ms === 1000 ? '1 s' : `${ms} ms`)),
          grid: { stroke: colour('--line'), width: 1 },
          ticks: { show: false },
        },
      ],
      scales: {
        x: { range: () => [(Date.now() - PROBES_MS) / 1000, Date.now() / 1000] },
        y: { distr: 3, range: () => [BOTTOM_MS, TOP_MS] },
      },
      series: [
        {},
        { fill: colour('--bad-soft'), points: { show: false } },
        dots(colour('--accent')),
        dots(colour('--warn')),
        dots(colour('--bad')),
      ],
    },
    [[], [], [], [], []],
    element,
  );
}

function dots(colour: string): uPlot.Series {
  return { stroke: colour, paths: () => null, points: { show: true, size: 5, fill: colour, width: 0 } };
}
