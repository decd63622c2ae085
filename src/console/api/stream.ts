/** Follows the event stream and comes back by itself after every break, without gaps. It must not know who shows what arrives. */
import type { Delivery, ReceivedEvent } from './answers.ts';
import { ApiError, type Client } from './client.ts';
import { createSseParser } from './sse.ts';

export type StreamState = 'connecting' | 'live' | 'broken';

export type StreamEntry =
  | { readonly kind: 'event'; readonly event: ReceivedEvent }
  | { readonly kind: 'delivery'; readonly delivery: Delivery };

export interface StreamOptions {
  readonly client: Pick<Client, 'open'>;
  readonly onEntries: (entries: readonly StreamEntry[]) => void;
  readonly onState: (state: StreamState) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Resolves after that time, or when the signal is aborted. */
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** The server says something every 15 seconds; longer silence means that the connection is gone without a word. */
const SILENCE_MS = 45_000;

/** Resolves when the signal is aborted or the token is refused. */
export async function followStream(options: StreamOptions): Promise<void> {
  const { signal, onState, wait } = options;
  let lastId: string | undefined;
  let waitMs = FIRST_WAIT_MS;
  onState('connecting');
  while (!signal.aborted) {
    const ended = await readOnce(options, lastId, (id) => {
      lastId = id;
      waitMs = FIRST_WAIT_MS;
    });
    if (signal.aborted || ended === 'refused') return;
    onState('broken');
    await wait(waitMs, signal);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

async function readOnce(
  options: StreamOptions,
  lastId: string | undefined,
  onId: (id: string) => void,
): Promise<'broken' | 'refused'> {
  const connection = new AbortController();
  const end = (): void => connection.abort();
  options.signal.addEventListener('abort', end);
  let watch = setTimeout(end, SILENCE_MS);
  try {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (lastId !== undefined) headers['last-event-id'] = lastId;
    const response = await options.client.open('/events/stream', headers, connection.signal);
    options.onState('live');
    const parser = createSseParser();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) return 'broken';
      clearTimeout(watch);
      watch = setTimeout(end, SILENCE_MS);
      const entries = parser.push(piece.value);
      const told = entries.flatMap(({ event, data }) => entryOf(event, data) ?? []);
      if (told.length > 0) options.onEntries(told);
      const id = entries.at(-1)?.id;
      if (id !== undefined) onId(id);
    }
  } catch (error) {
    return error instanceof ApiError && error.status === 401 ? 'refused' : 'broken';
  } finally {
    clearTimeout(watch);
    options.signal.removeEventListener('abort', end);
    connection.abort();
  }
}

/** Kinds that a newer server may add are passed over. */
function entryOf(kind: string, data: string): StreamEntry | undefined {
  if (kind === 'event.processed') return { kind: 'event', event: JSON.parse(data) };
  if (kind === 'delivery.updated') return { kind: 'delivery', delivery: JSON.parse(data) };
  return undefined;
}
