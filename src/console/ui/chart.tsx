/** Bars and lines over time, drawn as SVG, with the same numbers as a table. It must not know what is counted. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { roundAbove } from '../stats.ts';
import type { Tone } from '../words.ts';

export interface Series {
  readonly label: string;
  readonly tone: Tone;
  /** One a moment; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  /** Beginning of each bucket. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly kind: 'bars' | 'lines';
  readonly format: (value: number) => string;
  readonly timeLabel: (atMs: number) => string;
  /** A line that should not be crossed. */
  readonly limit?: { readonly value: number; readonly label: string };
  /** What the series' numbers in the head are: their sum, or nothing. */
  readonly sums?: boolean;
  readonly empty: ReactNode;
}

const HEIGHT = 150;
const LEFT = 44;
const BOTTOM = 20;
const TOP = 6;

export function Chart(props: ChartProps) {
  const { title, times, series, format, timeLabel, sums = false } = props;
  const [pointed, setPointed] = useState<number>();
  const hasValues = series.some(({ values }) => values.some((value) => value !== null && value > 0));
  return (
    <figure className="card card-body chart">
      <figcaption className="chart-head">
        <h2>{title}</h2>
        <span className="chart-keys">
          {pointed !== undefined && <span className="strong">{timeLabel(times[pointed] ?? 0)}</span>}
          {series.map(({ label, tone, values }) => (
            <span key={label} className="chart-key">
              <span className={`chart-swatch fill-${tone}`} />
              {label}
              {pointed !== undefined
                ? ` ${shown(values[pointed], format)}`
                : sums && ` ${format(values.reduce((sum: number, value) => sum + (value ?? 0), 0))}`}
            </span>
          ))}
        </span>
      </figcaption>
      {hasValues ? (
        <>
          <Drawing {...props} pointed={pointed} onPoint={setPointed} />
          <AsTable {...props} />
        </>
      ) : (
        <p className="faint small">{props.empty}</p>
      )}
    </figure>
  );
}

function shown(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

function Drawing({
  title,
  times,
  series,
  kind,
  format,
  timeLabel,
  limit,
  pointed,
  onPoint,
}: ChartProps & {
  readonly pointed: number | undefined;
  readonly onPoint: (index: number | undefined) => void;
}) {
  const [width, holder] = useWidth();
  const top = roundAbove(highest(series, times.length, kind, limit?.value));
  const innerWidth = Math.max(0, width - LEFT);
  const step = times.length === 0 ? 0 : innerWidth / times.length;
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const every = Math.max(1, Math.ceil(times.length / Math.max(2, Math.floor(innerWidth / 90))));
  return (
    <div ref={holder}>
      <svg
        role="img"
        aria-label={`${title}, as a chart. The table below has the same numbers.`}
        height={HEIGHT}
        onPointerMove={(event) => {
          const left = event.currentTarget.getBoundingClientRect().left + LEFT;
          const index = Math.floor((event.clientX - left) / step);
          onPoint(index >= 0 && index < times.length ? index : undefined);
        }}
        onPointerLeave={() => onPoint(undefined)}
      >
        {(top % 2 === 0 || top < 1 ? [0, 0.5, 1] : [0, 1]).map((share) => (
          <g key={share}>
            <line className="chart-grid" x1={LEFT} x2={width} y1={y(top * share)} y2={y(top * share)} />
            <text x={LEFT - 8} y={y(top * share) + 4} textAnchor="end">
              {format(top * share)}
            </text>
          </g>
        ))}
        {times.map((at, index) =>
          index % every === 0 && LEFT + index * step < width - 40 ? (
            <text key={at} x={LEFT + index * step} y={HEIGHT - 4}>
              {timeLabel(at)}
            </text>
          ) : null,
        )}
        {pointed !== undefined && (
          <rect
            className="chart-cursor"
            x={LEFT + pointed * step}
            y={TOP}
            width={step}
            height={HEIGHT - TOP - BOTTOM}
          />
        )}
        {kind === 'bars' ? (
          <Bars series={series} times={times} step={step} y={y} />
        ) : (
          <Lines series={series} step={step} y={y} />
        )}
        {limit !== undefined && limit.value <= top && (
          <>
            <line className="chart-limit" x1={LEFT} x2={width} y1={y(limit.value)} y2={y(limit.value)} />
            <text x={width} y={y(limit.value) + 13} textAnchor="end">
              {limit.label}
            </text>
          </>
        )}
      </svg>
    </div>
  );
}

function highest(
  series: readonly Series[],
  count: number,
  kind: ChartProps['kind'],
  limit: number | undefined,
): number {
  let found = limit ?? 0;
  for (let index = 0; index < count; index += 1) {
    const here = series.map(({ values }) => values[index] ?? 0);
    const height = kind === 'bars' ? here.reduce((sum, value) => sum + value, 0) : Math.max(0, ...here);
    found = Math.max(found, height);
  }
  return found;
}

interface Scaled {
  readonly series: readonly Series[];
  readonly step: number;
  readonly y: (value: number) => number;
}

function Bars({ series, times, step, y }: Scaled & { readonly times: readonly number[] }) {
  const gap = step > 5 ? 2 : step > 3 ? 1 : 0;
  return times.map((at, index) => {
    let below = 0;
    return (
      <g key={at}>
        {series.map(({ label, tone, values }) => {
          const value = values[index] ?? 0;
          const upper = y(below + value);
          const height = y(below) - upper;
          below += value;
          return value === 0 ? null : (
            <rect
              key={label}
              className={`fill-${tone}`}
              x={LEFT + index * step + gap / 2}
              y={Math.min(upper, y(below - value) - 1)}
              width={Math.max(1, step - gap)}
              height={Math.max(1, height)}
            />
          );
        })}
      </g>
    );
  });
}

function Lines({ series, step, y }: Scaled) {
  return series.map(({ label, tone, values }) => (
    <path key={label} className={`chart-line fill-${tone}`} d={lineOf(values, step, y)} />
  ));
}

/** A point that stands alone becomes a dash, so that it is seen. */
function lineOf(values: readonly (number | null)[], step: number, y: (value: number) => number): string {
  let pen = 'M';
  return values
    .map((value, index) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const x = LEFT + (index + 0.5) * step;
      const isAlone = pen === 'M' && (values[index + 1] ?? null) === null;
      const point = isAlone ? `M${x - 3} ${y(value)}L${x + 3} ${y(value)}` : `${pen}${x} ${y(value)}`;
      pen = 'L';
      return point;
    })
    .join('');
}

function AsTable({ title, times, series, format, timeLabel }: ChartProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        As a table<span className="only-spoken">: {title}</span>
      </summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section className="table-scroll" tabIndex={0} aria-label={title}>
          <table className="table numbers">
            <thead>
              <tr>
                <th scope="col">From</th>
                {series.map(({ label }) => (
                  <th key={label} scope="col" className="end">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((at, index) => (
                <tr key={at}>
                  <td>{timeLabel(at)}</td>
                  {series.map(({ label, values }) => (
                    <td key={label} className="end">
                      {shown(values[index], format)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

/** The width of an element, as it changes. */
function useWidth(): readonly [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(600);
  const observer = useRef<ResizeObserver>(undefined);
  useEffect(() => () => observer.current?.disconnect(), []);
  const [observe] = useState(() => (element: HTMLElement | null): void => {
    observer.current?.disconnect();
    if (element === null) return;
    observer.current = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(entry.contentRect.width);
    });
    observer.current.observe(element);
  });
  return [width, observe];
}

/** Small bars without axes, for a glance; the numbers stand beside it. */
export function Spark({
  values,
  tone,
  label,
}: {
  readonly values: readonly number[];
  readonly tone: Tone;
  readonly label: string;
}) {
  const top = Math.max(1, ...values);
  return (
    <svg
      className="spark"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${values.length * 4} 32`}
      preserveAspectRatio="none"
    >
      {values.map((value, index) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place.
          key={index}
          className={value === 0 ? 'fill-quiet' : `fill-${tone}`}
          opacity={value === 0 ? 0.35 : 1}
          x={index * 4 + 0.5}
          width={3}
          y={value === 0 ? 31 : 32 - Math.max(2, (value / top) * 32)}
          height={value === 0 ? 1 : Math.max(2, (value / top) * 32)}
        />
      ))}
    </svg>
  );
}
