/** How the program speaks to a terminal: aligned columns, relative times, colours where they are welcome. It must not know what is shown. */

/** What the program may know of the world around it; tests bring their own. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes to standard output, as is. */
  readonly out: (text: string) => void;
  /** Writes to standard error, as is. */
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
  /** Width of the terminal; lines of other outputs are never cut. */
  readonly columns: number | undefined;
  readonly now: () => number;
  /** Ends the process; used for wrong usage (2) and after help (0). */
  readonly exit: (code: number) => never;
  /** Ends what would go on for ever. */
  readonly ending: AbortSignal;
}

export const processSurroundings = (): Surroundings => ({
  environment: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns,
  now: () => Date.now(),
  exit: (code) => process.exit(code),
  ending: new AbortController().signal,
});

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof CODES;
export type Paint = (style: Style, text: string) => string;

/** Colours on a terminal, unless NO_COLOR is set to anything (no-color.org) or the terminal says that it is dumb. */
export function paintFor({ environment, isTerminal }: Surroundings): Paint {
  const noColour = environment['NO_COLOR'] ?? '';
  const isWelcome = isTerminal && noColour === '' && environment['TERM'] !== 'dumb';
  return (style, text) => (isWelcome && text !== '' ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
}

/** Control characters, line and paragraph separators, and marks that turn the direction of writing. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Text from outside, made harmless: a visitor must not be able to steer the terminal of whoever looks. */
export function plain(text: string): string {
  return text.replaceAll(STEERING, '·');
}

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style | undefined;
  readonly align?: 'right';
}

/** Rows in aligned columns under a dim heading. On a terminal the last column is cut to fit. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  surroundings: Surroundings,
): string {
  const paint = paintFor(surroundings);
  const cells = rows.map((row) => columns.map((column) => plain(column.text(row))));
  const widths = columns.map((column, index) =>
    Math.max(lengthOf(column.title), ...cells.map((row) => lengthOf(row[index] ?? ''))),
  );
  const room = surroundings.isTerminal ? surroundings.columns : undefined;
  const line = (texts: readonly string[], styleOf: (index: number) => Style | undefined): string => {
    let at = 0;
    const parts = texts.map((text, index) => {
      const width = widths[index] ?? 0;
      const isLast = index === texts.length - 1;
      const shown = isLast && room !== undefined ? cut(text, Math.max(8, room - at)) : text;
      const space = ' '.repeat(Math.max(0, width - lengthOf(shown)));
      at += width + 2;
      const style = styleOf(index);
      const painted = style === undefined ? shown : paint(style, shown);
      if (columns[index]?.align === 'right') return space + painted;
      return isLast ? painted : painted + space;
    });
    return `${parts.join('  ').trimEnd()}\n`;
  };
  const heading = line(
    columns.map(({ title }) => title),
    () => 'dim',
  );
  const body = rows.map((row, index) => line(cells[index] ?? [], (column) => columns[column]?.style?.(row)));
  return heading + body.join('');
}

function lengthOf(text: string): number {
  return [...text].length;
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** "12 s ago", "in 3 min", "now". */
export function relativeTime(iso: string, nowMs: number): string {
  const distanceMs = Date.parse(iso) - nowMs;
  if (Number.isNaN(distanceMs)) return iso;
  for (const [unit, sizeMs] of UNITS) {
    const count = Math.floor(Math.abs(distanceMs) / sizeMs);
    if (count >= 1) return distanceMs < 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
  }
  return 'now';
}

/** The colour of a state or outcome: good, waiting for something, or wanting attention. */
export function styleOfState(state: string): Style | undefined {
  switch (state) {
    case 'delivered':
    case 'mapped':
    case 'ok':
      return 'green';
    case 'dead':
    case 'invalid':
    case 'rejected':
    case 'stopped':
    case 'held':
      return 'red';
    case 'waiting':
    case 'sending':
    case 'submitted':
    case 'parked':
    case 'paused':
      return 'yellow';
    default:
      return 'dim';
  }
}
