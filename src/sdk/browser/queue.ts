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
/** What a body holds besides its events. */
const MAX_ENVELOPE_CHARS = 500;
/** Less than a lease lasts. */
const REQUEST_TIMEOUT_MS = 10_000;
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
  /** Events with keys below this are to be sent now, the others when their time has come. */
  let until = '';
  let isOffline = false;
  let inFlight: readonly string[] = [];
  let running: Promise<void> | undefined;
  let dueMs = Infinity;
  let cancelTimer = (): void => {};

  /** Keys of the waiting events, oldest first. */
  const waiting = (): string[] =>
    shelf
      .keys()
      .filter((key) => key.startsWith(eventPrefix))
      .sort();

  /** Keys sort by time: in base 36 it has eight digits until the year 2059. */
  const keyAt = (timeMs: number): string => eventPrefix + timeMs.toString(36);

  const waitMs = (): number => {
    const leftMs = Number(shelf.read(waitKey)) - ports.now();
    return leftMs > MAX_WAIT_MS ? 0 : leftMs;
  };

  /** Sees to a flush by then; an earlier one stands. */
  function plan(delayMs: number): void {
    const wantedMs = ports.now() + delayMs;
    if (dueMs <= wantedMs) return;
    cancelTimer();
    dueMs = wantedMs;
    cancelTimer = ports.after(delayMs, () => void flush());
  }

  function add(text: string): void {
    const keys = waiting();
    keys.slice(0, 1 - MAX_EVENTS).forEach(shelf.remove);
    shelf.write(`${keyAt(ports.now())}.${sequence++}.${tab}`, text);
    plan(options.flushIntervalMs);
    if (keys.length + 1 >= options.batchSize) void flush();
  }

  /** The first of these events that fit one body: one at least. */
  function fitting(keys: readonly string[]): string[] {
    let chars = 0;
    return keys.filter((key, at) => {
      chars += shelf.read(key)?.length ?? 0;
      return chars <= MAX_CHARS || !at;
    });
  }

  function bodyOf(keys: readonly string[]): string {
    const events = keys.map(shelf.read).filter(Boolean);
    return `{"writeKey":"${pipelineKey}","sentAt":"${new Date(ports.now()).toJSON()}","batch":[${events}]}`;
  }

  /** The answer, or undefined when none came, for whatever reason. */
  function post(body: string): Promise<Response | undefined> {
    // A text body without further headers needs no preflight request.
    const request = {
      method: 'POST',
      body,
      keepalive: body.length <= MAX_CHARS + MAX_ENVELOPE_CHARS,
      redirect: 'error',
      signal: AbortSignal.timeout?.(REQUEST_TIMEOUT_MS) ?? null,
    } as const;
    return ports.fetch(url, request).catch(() => undefined);
  }

  /** Sends one body. True when there may be more to send now. */
  async function step(): Promise<boolean> {
    const oldest = keyAt(ports.now() - MAX_AGE_MS);
    const keys = waiting().filter((key) => (key > oldest ? key < until : shelf.remove(key)));
    if (!keys.length) return false;
    const pauseMs = waitMs();
    if (pauseMs > 0) {
      plan(pauseMs);
      return false;
    }
    const sent = fitting(keys);
    inFlight = sent;
    const answer = await post(bodyOf(sent));
    const status = answer?.status ?? NO_ANSWER;
    inFlight = [];
    isOffline = !answer;
    const reaction = reactionTo(status);
    if (reaction === 'retry') {
      const delayMs =
        retryAfterMs(answer?.headers.get('retry-after'), ports.now()) ?? backoffMs(++attempt, ports.random());
      shelf.write(waitKey, String(ports.now() + delayMs));
      plan(delayMs);
      return false;
    }
    attempt = 0;
    if (reaction === 'drop') console.warn(`datafly: refused (${status})`);
    sent.forEach(shelf.remove);
    return true;
  }

  async function drain(): Promise<void> {
    const isHeld = await options.lock(async (renew) => {
      do renew();
      while (await step());
      // In the same turn as the last look, so that the next event starts a new drain.
      running = undefined;
    });
    if (isHeld) return;
    running = undefined;
    plan(options.flushIntervalMs);
  }

  function flush(): Promise<void> {
    // Also while a drain is running: a time that has passed must not stand in the way of the next plan.
    cancelTimer();
    dueMs = Infinity;
    until = keyAt(ports.now() + 1);
    running ??= drain();
    return running;
  }

  // What an earlier page left behind.
  plan(options.flushIntervalMs);

  return {
    add,
    flush,
    leave() {
      const mine = waiting().filter((key) => key.endsWith(tab) && !inFlight.includes(key));
      if (mine.length && waitMs() <= 0) options.beacon(url, bodyOf(fitting(mine)));
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
