/** What the program prints: columns, times, colours. */
import { describe, expect, it } from 'vitest';
import { readStream } from '../../src/cli/sse.ts';
import {
  type Column,
  paintFor,
  plain,
  relativeTime,
  type Surroundings,
  table,
} from '../../src/cli/terminal.ts';

function terminal(changes: Partial<Surroundings> = {}): Surroundings {
  return {
    environment: {},
    out: () => undefined,
    err: () => undefined,
    isTerminal: true,
    columns: 40,
    now: () => 0,
    exit: () => {
      throw new Error('exit');
    },
    ending: new AbortController().signal,
    ...changes,
  };
}

describe('times', () => {
  const NOW = Date.UTC(2026, 0, 31, 12);
  it.each([
    [0, 'now'],
    [-999, 'now'],
    [-12_000, '12 s ago'],
    [-60_000, '1 min ago'],
    [-7_200_000, '2 h ago'],
    [-200_000_000, '2 d ago'],
    [90_000, 'in 1 min'],
  ])('%i ms from now is "%s"', (distance, words) => {
    expect(relativeTime(new Date(NOW + distance).toISOString(), NOW)).toBe(words);
  });

  it('that are none are shown as they are', () => {
    expect(relativeTime('never', NOW)).toBe('never');
  });
});

describe('colours', () => {
  it.each<readonly [string, Partial<Surroundings>, boolean]>([
    ['a terminal', {}, true],
    ['a pipe', { isTerminal: false }, false],
    ['NO_COLOR', { environment: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR', { environment: { NO_COLOR: '' } }, true],
    ['a dumb terminal', { environment: { TERM: 'dumb' } }, false],
  ])('with %s', (_what, changes, isColoured) => {
    expect(paintFor(terminal(changes))('green', 'ok')).toBe(isColoured ? '\u001b[32mok\u001b[0m' : 'ok');
  });
});

describe('a table', () => {
  const columns: readonly Column<readonly string[]>[] = [
    { title: 'NAME', text: ([name = '']) => name },
    { title: 'N', text: ([, number = '']) => number, align: 'right' },
    { title: 'REASON', text: ([, , reason = '']) => reason },
  ];
  const rows = [
    ['a', '1', 'short'],
    ['longer', '100', 'a reason that is far too long for the width of this terminal'],
  ];

  it('aligns its columns', () => {
    expect(
      table(
        columns,
        [
          ['a', '1', 'x'],
          ['bbbbb', '100', 'y'],
        ],
        terminal({ isTerminal: false }),
      ),
    ).toBe(['NAME     N  REASON', 'a        1  x', 'bbbbb  100  y', ''].join('\n'));
  });

  it('cuts its last column to the width of a terminal, and never elsewhere', () => {
    const shown = table(columns, rows, terminal({ environment: { NO_COLOR: '1' } }));
    for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
    expect(shown).toContain('…');
    expect(table(columns, rows, terminal({ isTerminal: false }))).toContain('this terminal');
  });
});

it('text from outside cannot steer the terminal', () => {
  expect(plain('a\u001b[2Jb\nc\u202ed\u2066')).toBe('a·[2Jb·c·d·');
  expect(plain('Ünï 漢字 👩‍🚀')).toBe('Ünï 漢字 👩‍🚀');
});

describe('server-sent events', () => {
  async function entriesOf(...chunks: readonly string[]) {
    const bytes = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(bytes.encode(chunk));
        controller.close();
      },
    });
    const seen = [];
    for await (const entry of readStream(body)) seen.push(entry);
    return seen;
  }

  it('are read wherever the chunks are cut', async () => {
    const text =
      'retry: 2000\n\nid: 7\nevent: x\ndata: {"a":\ndata: "ä"}\n\n: still here\n\nid: 8\ndata: 1\n\n';
    const expected = [
      { id: '7', event: 'x', data: { a: 'ä' } },
      { id: '8', event: 'message', data: 1 },
    ];
    for (let at = 0; at < text.length; at += 1) {
      expect(await entriesOf(text.slice(0, at), text.slice(at))).toEqual(expected);
    }
  });
});
