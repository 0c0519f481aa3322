import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark } from '../theme.js';

interface Props {
  /** Times in s since 1970, and a value for each. */
  data: [times: number[], values: (number | null)[]];
  /** Top of the scale. */
  max: number;
  /** The span of time that the width stands for, in s, up to the newest sample. */
  seconds: number;
  label: string;
}

const HEIGHT = 36;

/** A small live line without axes; its colour is the text colour of its place. */
export function Sparkline({ data, max, seconds, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scale = useRef({ max, seconds, end: 0 });
  scale.current = { max, seconds, end: data[0].at(-1) ?? 0 };

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = draw(element, scale);
    plot.current = drawn;
    drawn.setData(data);
    const fit = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      drawn.destroy();
    };
    // A canvas keeps the colours that it was drawn with, so a new theme is a new drawing.
  }, [isDark.value]);

  useEffect(() => plot.current?.setData(data), [data]);

  return <div class="sparkline" ref={place} role="img" aria-label={label} />;
}

function draw(
  element: HTMLElement,
  scale: { current: { max: number; seconds: number; end: number } },
): uPlot {
  const colour = getComputedStyle(element).color;
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      padding: [2, 0, 1, 0],
      cursor: { show: false },
      legend: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { range: () => [scale.current.end - scale.current.seconds, scale.current.end] },
        y: { range: () => [0, scale.current.max * 1.05 || 1] },
      },
      series: [
        {},
        { stroke: colour, width: 1.5, fill: colour.replace(/\)$/, ' / 0.12)'), points: { show: false } },
      ],
    },
    [[], []],
    element,
  );
}
