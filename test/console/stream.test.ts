/** Holds the event stream to its promise: every entry once, wherever the bytes are cut and however often the connection breaks. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../src/console/api/client.ts';
import { createSseParser, type SseEntry } from '../../src/console/api/sse.ts';
import { followStream, type StreamEntry } from '../../src/console/api/stream.ts';
import { createLive } from '../../src/console/live.ts';

const TEXT =
  'retry: 2000\n\nid: 1\nevent: event.processed\ndata: {"a":\ndata: 1}\n\n: still here\n\nid: 2\r\nevent: delivery.updated\r\ndata: {}\r\n\r\nid: 3\rdata: x\r\r';

const entriesOf = (chunks: readonly string[]): readonly SseEntry[] => {
  const parser = createSseParser();
  return [...chunks, '\n'].flatMap((chunk) => parser.push(chunk));
};

describe('the parser of server-sent events', () => {
  it('reads ids, kinds, joined data and the wait, and passes over comments', () => {
    expect(entriesOf([TEXT])).toEqual([
      { id: '1', event: 'event.processed', data: '{"a":\n1}' },
      { id: '2', event: 'delivery.updated', data: '{}' },
      { id: '3', event: 'message', data: 'x' },
    ]);
    const parser = createSseParser();
    parser.push('retry: 2000\n');
    expect(parser.retryMs()).toBe(2000);
  });

  it('reads the same wherever the stream is cut', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: TEXT.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (places) => {
        const at = [0, ...places.sort((a, b) => a - b), TEXT.length];
        const chunks = at.slice(1).map((end, index) => TEXT.slice(at[index], end));
        expect(entriesOf(chunks)).toEqual(entriesOf([TEXT]));
      }),
    );
  });
});

/** A server that answers one text after the other, each connection ending after its text. */
function serverOf(answers: readonly (string | Error)[]) {
  const asked: (string | undefined)[] = [];
  const told: StreamEntry[] = [];
  const states: string[] = [];
  const waits: number[] = [];
  const ending = new AbortController();
  const run = followStream({
    signal: ending.signal,
    onEntries: (entries) => told.push(...entries),
    onState: (state) => states.push(state),
    wait: async (delayMs) => {
      waits.push(delayMs);
      if (asked.length >= answers.length) ending.abort();
    },
    client: {
      open: async (_path, headers) => {
        const answer = answers[asked.length];
        asked.push(headers['last-event-id']);
        if (answer instanceof Error) throw answer;
        return new Response(answer ?? '');
      },
    },
  });
  return { run, asked, told, states, waits };
}

const entry = (id: number): string => `id: ${id}\nevent: delivery.updated\ndata: {"id":"dlv_${id}"}\n\n`;

describe('following the stream', () => {
  it('comes back with the id of the last entry it has seen', async () => {
    const server = serverOf([entry(4) + entry(5), entry(6)]);
    await server.run;
    expect(server.asked).toEqual([undefined, '5']);
    expect(server.told.map((each) => (each.kind === 'delivery' ? each.delivery.id : ''))).toEqual([
      'dlv_4',
      'dlv_5',
      'dlv_6',
    ]);
    expect(server.states).toEqual(['connecting', 'live', 'broken', 'live', 'broken']);
  });

  it('waits longer after each failure, and shortly again after success', async () => {
    const broken = new ApiError('no', { code: 'NO_ANSWER', status: 0 });
    const server = serverOf([broken, broken, broken, entry(1), broken]);
    await server.run;
    expect(server.waits).toEqual([500, 1000, 2000, 500, 1000]);
    expect(server.asked).toEqual([undefined, undefined, undefined, undefined, '1']);
  });

  it('stops when the token is refused', async () => {
    const server = serverOf([new ApiError('no', { code: 'INVALID_TOKEN', status: 401 }), entry(1)]);
    await server.run;
    expect(server.asked).toHaveLength(1);
  });

  it('passes over kinds that it does not know', async () => {
    const server = serverOf(['id: 9\nevent: something.new\ndata: {}\n\n', entry(10)]);
    await server.run;
    expect(server.told).toHaveLength(1);
    expect(server.asked).toEqual([undefined, '9']);
  });
});

describe('what listeners are told', () => {
  afterEach(() => vi.useRealTimers());

  it('comes at once, and in one piece when more follows shortly', async () => {
    vi.useFakeTimers();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const live = createLive({ open: async () => new Response(readable) });
    const told: number[] = [];
    live.onEntries((entries) => told.push(entries.length));
    const end = live.start();
    const writer = writable.getWriter();
    const send = async (id: number): Promise<void> => {
      await writer.write(new TextEncoder().encode(entry(id)));
      await vi.advanceTimersByTimeAsync(1);
    };
    await send(1);
    expect(told).toEqual([1]);
    for (const id of [2, 3, 4]) await send(id);
    expect(told).toEqual([1]);
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual([1, 3]);
    await vi.advanceTimersByTimeAsync(100);
    await send(5);
    expect(told).toEqual([1, 3, 1]);
    end();
  });
});
