import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark } from './theme.js';

interface Size {
  width: number;
  height: number;
}

/**
 * Draws a uPlot into an element and follows its data, its size and the theme.
 * @param draw returns an empty plot of the given size
 * @returns the ref of the element
 */
export function usePlot(
  data: uPlot.AlignedData,
  sizeOf: (element: HTMLElement) => Size,
  draw: (element: HTMLElement, size: Size) => uPlot,
): RefObject<HTMLDivElement | null> {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    const drawn = draw(element, sizeOf(element));
    plot.current = drawn;
    drawn.setData(data);
    const resized = new ResizeObserver(() => drawn.setSize(sizeOf(element)));
    resized.observe(element);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
    // A canvas keeps the colours that it was drawn with, so a new theme needs a new plot.
  }, [isDark.value]);

  useEffect(() => plot.current?.setData(data), [data]);

  return container;
}

interface SparklineProps {
  /** Times in s since 1970, with one value each. */
  data: [times: number[], values: (number | null)[]];
  /** Top of the scale. */
  max: number;
  /** Time span of the whole width in s, up to the newest sample. */
  seconds: number;
  label: string;
}

const SPARKLINE_HEIGHT = 36;

/** A small live line without axes, in the text colour of its surroundings. */
export function Sparkline({ data, max, seconds, label }: SparklineProps) {
  const scale = useRef({ max, seconds, end: 0 });
  scale.current = { max, seconds, end: data[0].at(-1) ?? 0 };
  const container = usePlot(data, sparklineSize, (element, size) => drawSparkline(element, size, scale));
  return <div class="sparkline" ref={container} role="img" aria-label={label} />;
}

function sparklineSize({ clientWidth }: HTMLElement): Size {
  return { width: clientWidth, height: SPARKLINE_HEIGHT };
}

function drawSparkline(
  element: HTMLElement,
  size: Size,
  scale: { current: { max: number; seconds: number; end: number } },
): uPlot {
  const colour = getComputedStyle(element).color;
  return new uPlot(
    {
      ...size,
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
