/** What happens, as server-sent events: it looks at the activity feed when something was committed, and as fast as the reader takes. It must not know HTTP. */
import { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import type { Activity } from '../../store/ports/reads.ts';
import type { Store } from '../../store/store.ts';
import { deliveryView, eventView } from './activity-views.ts';

export interface StreamOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Position of the activity feed after which to begin. */
  readonly after: number;
  /** Ends the stream. */
  readonly closing: AbortSignal;
}

/** Proxies end connections that are silent for a minute. */
const HEARTBEAT_MS = 15_000;
/** Entries read at once. Nothing else is held for a reader, however slow it is. */
const BATCH = 50;
/** How long a reader waits before it comes back after the connection ended. */
const RETRY_MS = 2_000;

/**
 * Chunks of `text/event-stream`. The id of each entry is its position in the feed, which survives restarts: a reader
 * that comes back with it as Last-Event-ID misses nothing. Ends when `closing` is aborted.
 */
export async function* activityStream(options: StreamOptions): AsyncGenerator<string> {
  const { store, clock, closing } = options;
  const news = newsOf(store);
  let position = options.after;
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    while (!closing.aborted) {
      news.forget();
      const batch = await store.reads.activity(position, BATCH);
      for (const entry of batch) {
        const chunk = await chunkOf(store, entry);
        if (chunk !== undefined) yield chunk;
        position = entry.position;
      }
      if (batch.length > 0 || closing.aborted) continue;
      if ((await news.come(clock, closing)) === 'silence') yield ': still here\n\n';
    }
  } finally {
    news.end();
  }
}

/**
 * The same as a stream of bytes. When its reader leaves it ends at once, also while it waits for something to happen: a
 * generator alone would go on until it next has something to say.
 */
export function readableActivity(options: StreamOptions): Readable {
  const leaving = new AbortController();
  const chunks = activityStream({ ...options, closing: AbortSignal.any([options.closing, leaving.signal]) });
  return new Readable({
    read() {
      chunks.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    destroy(error, done) {
      leaving.abort();
      done(error);
    },
  });
}

/** Where a reader begins: after the entry that it saw last, or at the end of the feed when it names none that can be. */
export async function startOf(store: Store, lastEventId: string | undefined): Promise<number> {
  const head = await store.reads.activityHead();
  if (lastEventId === undefined || !/^\d{1,15}$/.test(lastEventId)) return head;
  return Math.min(Number(lastEventId), head);
}

/** One entry with what it is about as it is now; nothing when that was forgotten since. */
async function chunkOf(store: Store, { position, kind, seq, jobId }: Activity): Promise<string | undefined> {
  const view = kind === 'event.processed' ? await eventAt(store, seq) : await deliveryAt(store, jobId);
  return view === undefined
    ? undefined
    : `id: ${position}\nevent: ${kind}\ndata: ${JSON.stringify(view)}\n\n`;
}

async function eventAt(store: Store, seq: number) {
  const [logged] = await store.log.readMany([seq]);
  const event = logged === undefined ? undefined : await store.reads.event(logged.id);
  return event === undefined ? undefined : eventView(event);
}

async function deliveryAt(store: Store, jobId: number | undefined) {
  const delivery = jobId === undefined ? undefined : await store.reads.delivery(jobId);
  return delivery === undefined ? undefined : deliveryView(delivery);
}

/** Tells that something was committed, also when nobody was waiting at that moment. */
function newsOf(store: Store) {
  let isThere = false;
  let wake = (): void => {};
  const end = store.reads.onActivity(() => {
    isThere = true;
    wake();
  });
  return {
    end,
    /** The feed is about to be read: what was committed until now is seen then. */
    forget: (): void => {
      isThere = false;
    },
    /** Resolves with news, or after a silence, or when `closing` is aborted. */
    come: (clock: Clock, closing: AbortSignal): Promise<'news' | 'silence'> =>
      new Promise((resolve) => {
        if (isThere) return resolve('news');
        const done = (how: 'news' | 'silence'): void => {
          cancel();
          closing.removeEventListener('abort', wake);
          wake = (): void => {};
          resolve(how);
        };
        wake = (): void => done('news');
        const cancel = clock.after(HEARTBEAT_MS, () => done('silence'));
        closing.addEventListener('abort', wake);
      }),
  };
}
