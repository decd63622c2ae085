/** Keeps a page's events until ingestion has them; all tabs of a site share it. It must not know what an event says. */
import type { Ports } from '../ports.ts';
import { backoffMs, NO_ANSWER, reactionTo, retryAfterMs } from '../reaction.ts';
import type { Lock } from './lock.ts';
import type { Shelf } from './shelf.ts';

export interface QueueOptions {
  readonly url: string;
  readonly pipelineKey: string;
  /** Events that make a batch leave before its time. */
  readonly batchSize: number;
  readonly flushIntervalMs: number;
  /** Names this tab in the keys of its events. */
  readonly tab: string;
  readonly shelf: Shelf;
  readonly lock: Lock;
  readonly beacon: (url: string, body: string) => boolean;
}

export interface Queue {
  add(text: string): void;
  /** Sends what all tabs have; resolves when nothing is left or when it must wait. */
  flush(): Promise<void>;
  /** The page goes away: hands this tab's events to the browser. They stay kept, for nobody hears the answer. */
  leave(): void;
  /** The network is back. */
  online(): void;
  /** Something changed on the shelf in another tab. */
  changed(key: string | null): void;
}

/** Older ones give way: what waits in a browser is best effort within these bounds. */
export const MAX_EVENTS = 1_000;
/** Well below the 28 days for which ingestion knows a messageId again. */
const MAX_AGE_MS = 7 * 86_400_000;
/** A UTF-16 unit is at most 3 bytes of UTF-8, so a body stays below the 64 KB of keepalive and beacon. */
const MAX_CHARS = 20_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_WAIT_MS = 300_000;
/** Another tab's event is taken over if that tab has not sent it by then. */
const TAKE_OVER_MS = 5_000;

export function createQueue(options: QueueOptions, ports: Ports): Queue {
  const { url, pipelineKey, shelf, tab } = options;
  const prefix = `_df:${pipelineKey}:`;
  const waitKey = `${prefix}wait`;
  const eventPrefix = `${prefix}e`;
  let sequence = 1e6;
  let attempt = 0;
  let isOffline = false;
  let maxChars = MAX_CHARS;
  let inFlight: readonly string[] = [];
  let running: Promise<void> | undefined;
  let timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;

  /** Keys of the waiting events, oldest first. */
  const waiting = (): string[] =>
    shelf
      .keys()
      .filter((key) => key.startsWith(eventPrefix))
      .sort();

  const waitMs = (): number => {
    const leftMs = Number(shelf.read(waitKey)) - ports.now();
    return leftMs > MAX_WAIT_MS ? 0 : leftMs;
  };

  function plan(delayMs: number): void {
    const dueMs = ports.now() + delayMs;
    if (timer && timer.dueMs <= dueMs) return;
    timer?.cancel();
    timer = { dueMs, cancel: ports.after(delayMs, () => void flush()) };
  }

  function add(text: string): void {
    const keys = waiting();
    for (const key of keys.slice(0, Math.max(0, keys.length + 1 - MAX_EVENTS))) shelf.remove(key);
    shelf.write(`${eventPrefix}${ports.now().toString(36)}.${sequence++}.${tab}`, text);
    plan(options.flushIntervalMs);
    if (keys.length + 1 >= options.batchSize) void flush();
  }

  /** The first of these events that fit one body. */
  function pack(keys: readonly string[]): { readonly keys: readonly string[]; readonly body: string } {
    const taken: string[] = [];
    const texts: string[] = [];
    let chars = 0;
    for (const key of keys) {
      const text = shelf.read(key);
      chars += text?.length ?? 0;
      if (taken.length && chars > maxChars) break;
      taken.push(key);
      if (text) texts.push(text);
    }
    const head = JSON.stringify({ writeKey: pipelineKey, sentAt: new Date(ports.now()) });
    return { keys: taken, body: `${head.slice(0, -1)},"batch":[${texts}]}` };
  }

  async function post(
    body: string,
  ): Promise<{ readonly status: number; readonly retryAfter: string | null }> {
    const abort = new AbortController();
    const cancel = ports.after(REQUEST_TIMEOUT_MS, () => abort.abort());
    try {
      // A text body without further headers needs no preflight request.
      const { status, headers } = await ports.fetch(url, {
        method: 'POST',
        body,
        keepalive: body.length <= MAX_CHARS + 200,
        redirect: 'error',
        signal: abort.signal,
      });
      return { status, retryAfter: headers.get('retry-after') };
    } catch {
      return { status: NO_ANSWER, retryAfter: null };
    } finally {
      cancel();
    }
  }

  /** Sends one body. True when there may be more to send now. */
  async function step(): Promise<boolean> {
    const oldest = eventPrefix + (ports.now() - MAX_AGE_MS).toString(36);
    const keys = waiting().filter((key) => key > oldest || shelf.remove(key));
    const pauseMs = waitMs();
    if (!keys.length) return false;
    if (pauseMs > 0) {
      plan(pauseMs);
      return false;
    }
    const batch = pack(keys);
    inFlight = batch.keys;
    const { status, retryAfter } = await post(batch.body);
    inFlight = [];
    isOffline = status === NO_ANSWER;
    const reaction = reactionTo(status);
    if (reaction === 'retry') {
      const delayMs = retryAfterMs(retryAfter, ports.now()) ?? backoffMs(++attempt, ports.random());
      shelf.write(waitKey, String(ports.now() + delayMs));
      plan(delayMs);
      return false;
    }
    attempt = 0;
    if (status === 413 && batch.keys.length > 1) {
      maxChars /= 2;
      return true;
    }
    if (reaction === 'drop') console.warn(`datafly: ${batch.keys.length} events refused (${status})`);
    batch.keys.forEach(shelf.remove);
    return true;
  }

  async function drain(): Promise<void> {
    timer?.cancel();
    timer = undefined;
    const isHeld = await options.lock(async (renew) => {
      do renew();
      while (await step());
    });
    if (!isHeld) plan(options.flushIntervalMs);
  }

  function flush(): Promise<void> {
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    add,
    flush,
    leave() {
      const mine = waiting().filter((key) => key.endsWith(tab) && !inFlight.includes(key));
      if (mine.length && waitMs() <= 0) options.beacon(url, pack(mine).body);
    },
    online() {
      if (isOffline) shelf.remove(waitKey);
      void flush();
    },
    changed(key) {
      if (key?.startsWith(eventPrefix)) plan(TAKE_OVER_MS);
    },
  };
}
