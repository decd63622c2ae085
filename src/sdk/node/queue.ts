/** Keeps a server's events until ingestion has them, and sends them in order. It must not know what an event says. */
import type { Ports } from '../ports.ts';
import { backoffMs, NO_ANSWER, type Reaction, reactionTo, retryAfterMs } from '../reaction.ts';

/**
 * Something the caller may act on. RETRYING: ingestion cannot be reached or is busy; nothing is lost yet, told once
 * per batch. REFUSED, REJECTED, EXPIRED, QUEUE_FULL, CLOSED, UNSENDABLE: these events are lost to ingestion.
 */
export interface Problem {
  readonly code: 'RETRYING' | 'REFUSED' | 'REJECTED' | 'EXPIRED' | 'QUEUE_FULL' | 'CLOSED' | 'UNSENDABLE';
  readonly message: string;
  readonly messageIds: readonly string[];
}

export interface QueueOptions {
  readonly url: string;
  readonly pipelineKey: string;
  /** Events that make a batch leave before its time. */
  readonly batchSize: number;
  readonly flushIntervalMs: number;
  /** Calls wait (their promise does) while more events than this are kept; twice as many are never kept. */
  readonly maxQueueSize: number;
  readonly requestTimeoutMs: number;
  /** After this long without success a batch is given up and reported. */
  readonly retryWindowMs: number;
  readonly onProblem: (problem: Problem) => void;
}

/** One event as text, so that later changes to the caller's objects do not reach it. */
export interface Entry {
  readonly messageId: string;
  readonly text: string;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

const MAX_BATCH_EVENTS = 500;
const MAX_BATCH_BYTES = 480_000;

export class Queue {
  readonly #options: QueueOptions;
  readonly #ports: Ports;
  readonly #entries: Entry[] = [];
  #settled = 0;
  #added = 0;
  #waiters: { readonly until: number; readonly resume: () => void }[] = [];
  #running: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #maxEvents = MAX_BATCH_EVENTS;
  #isClosed = false;
  #isAbandoned = false;
  /** Ends the request or the wait that the drain is in. */
  #interrupt = (): void => {};

  constructor(options: QueueOptions, ports: Ports) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Resolves when there is room for more, at once as a rule. Rejects, and reports, when the event cannot be kept. */
  add(entry: Entry): Promise<void> {
    const { maxQueueSize, batchSize, flushIntervalMs } = this.#options;
    if (this.#isClosed) return this.refuse('CLOSED', entry.messageId, 'The datafly client is closed.');
    if (this.#entries.length >= 2 * maxQueueSize) {
      return this.refuse(
        'QUEUE_FULL',
        entry.messageId,
        'Too many events wait; await the calls, or raise maxQueueSize.',
      );
    }
    this.#entries.push(entry);
    this.#added += 1;
    if (this.#entries.length >= batchSize) this.#wake();
    else this.#cancelTimer ??= this.#ports.after(flushIntervalMs, () => this.#wake());
    return this.#settledUntil(this.#added - maxQueueSize);
  }

  /** Reports an event that cannot be kept and gives a promise that rejects. */
  refuse(code: Problem['code'], messageId: string, message: string): Promise<void> {
    this.#tell({ code, message, messageIds: [messageId] });
    const refusal = Promise.reject(new Error(message));
    // Callers that do not await must not end their process for it; those that do still see it.
    refusal.catch(() => {});
    return refusal;
  }

  /** Resolves when every event added so far is delivered or reported as lost, or when the time is up. */
  async flush(timeoutMs?: number): Promise<void> {
    this.#wake();
    const all = this.#settledUntil(this.#added);
    if (timeoutMs === undefined) return all;
    let cancel = (): void => {};
    const timeUp = new Promise<void>((resolve) => {
      cancel = this.#ports.after(timeoutMs, resolve);
    });
    await Promise.race([all, timeUp]);
    cancel();
  }

  /** Sends what is left for as long as allowed and gives back, as JSON texts, what could not be sent. */
  async close(timeoutMs: number): Promise<readonly string[]> {
    this.#isClosed = true;
    await this.flush(timeoutMs);
    this.#isAbandoned = true;
    this.#interrupt();
    await this.#running;
    for (const waiter of this.#waiters.splice(0)) waiter.resume();
    return this.#entries.map((entry) => entry.text);
  }

  #settledUntil(until: number): Promise<void> {
    if (this.#settled >= until) return Promise.resolve();
    return new Promise((resume) => void this.#waiters.push({ until, resume }));
  }

  #wake(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#running || this.#entries.length === 0) return;
    this.#running = this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#entries.length > 0 && !this.#isAbandoned) {
      const batch = this.#batch();
      if (await this.#deliver(batch)) this.#settle(batch.length);
    }
    // In the same turn as the last look at the entries, so that the next event wakes a new drain.
    this.#running = undefined;
  }

  #batch(): readonly Entry[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.#entries.slice(0, this.#maxEvents)) {
      bytes += Buffer.byteLength(entry.text) + 1;
      if (count > 0 && bytes > MAX_BATCH_BYTES) break;
      count += 1;
    }
    return this.#entries.slice(0, count);
  }

  #settle(count: number): void {
    this.#entries.splice(0, count);
    this.#settled += count;
    const ready = this.#waiters.filter((waiter) => waiter.until <= this.#settled);
    this.#waiters = this.#waiters.filter((waiter) => waiter.until > this.#settled);
    for (const waiter of ready) waiter.resume();
  }

  /** True when the batch is settled; false when it must be cut smaller or is abandoned. */
  async #deliver(batch: readonly Entry[]): Promise<boolean> {
    const startedMs = this.#ports.now();
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#post(batch);
      if (this.#isAbandoned && answer.status === NO_ANSWER) return false;
      const reaction: Reaction = reactionTo(answer.status);
      if (reaction === 'done') return this.#accepted(batch, answer);
      if (reaction === 'drop') return this.#refused(batch, answer);
      if (this.#ports.now() - startedMs > this.#options.retryWindowMs) {
        return this.#lost(
          'EXPIRED',
          batch,
          `Ingestion did not take the events in time (last status ${answer.status}).`,
        );
      }
      if (attempt === 1) this.#report('RETRYING', batch, describe(answer.status));
      const asked = retryAfterMs(answer.retryAfter, this.#ports.now());
      await this.#pause(asked ?? backoffMs(attempt, this.#ports.random()));
      if (this.#isAbandoned) return false;
    }
  }

  #accepted(batch: readonly Entry[], answer: Answer): true {
    this.#maxEvents = MAX_BATCH_EVENTS;
    for (const { index, reason } of rejections(answer.body)) {
      const entry = batch[index];
      if (entry) this.#report('REJECTED', [entry], `Ingestion rejected an event: ${reason}`);
    }
    return true;
  }

  #refused(batch: readonly Entry[], answer: Answer): boolean {
    if (answer.status === 413 && batch.length > 1) {
      this.#maxEvents = Math.ceil(batch.length / 2);
      return false;
    }
    const hint = answer.status === 401 ? ' Check the pipeline key.' : '';
    return this.#lost('REFUSED', batch, `Ingestion refused the events with status ${answer.status}.${hint}`);
  }

  #lost(code: Problem['code'], batch: readonly Entry[], message: string): true {
    this.#report(code, batch, message);
    return true;
  }

  #report(code: Problem['code'], batch: readonly Entry[], message: string): void {
    this.#tell({ code, message, messageIds: batch.map((entry) => entry.messageId) });
  }

  #tell(problem: Problem): void {
    try {
      this.#options.onProblem(problem);
    } catch (mistake) {
      // The listener's own mistake surfaces as such, and does not stop the queue.
      queueMicrotask(() => {
        throw mistake;
      });
    }
  }

  async #post(batch: readonly Entry[]): Promise<Answer> {
    const sentAt = new Date(this.#ports.now()).toISOString();
    const request = new AbortController();
    this.#interrupt = () => request.abort();
    const cancel = this.#ports.after(this.#options.requestTimeoutMs, this.#interrupt);
    try {
      const response = await this.#ports.fetch(this.#options.url, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#options.pipelineKey}`, 'content-type': 'application/json' },
        body: `{"events":[${batch.map((entry) => entry.text).join(',')}],"sentAt":"${sentAt}"}`,
        // A redirect followed would repeat the request without its body.
        redirect: 'manual',
        signal: request.signal,
      });
      // Reading the answer to its end is what lets the connection be used again.
      const body = await response.text();
      return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
    } catch {
      // Whatever went wrong, no answer came; the reaction to that does not depend on the cause.
      return { status: NO_ANSWER, retryAfter: null, body: '' };
    } finally {
      cancel();
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#ports.after(delayMs, resolve);
      this.#interrupt = () => {
        cancel();
        resolve();
      };
    });
  }
}

function describe(status: number): string {
  if (status === NO_ANSWER) return 'Ingestion cannot be reached; the events are kept and sent again.';
  if (status < 400)
    return `Ingestion answers with a redirect (${status}); check the endpoint. The events are kept.`;
  return `Ingestion answered ${status}; the events are kept and sent again.`;
}

/** The events of a batch that ingestion says it rejected. An answer of another shape names none. */
function rejections(body: string): { readonly index: number; readonly reason: string }[] {
  const answer = parse(body);
  const list: unknown =
    typeof answer === 'object' && answer && 'rejected' in answer ? answer.rejected : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    if (typeof item !== 'object' || !item || !('index' in item) || typeof item.index !== 'number') return [];
    return [{ index: item.index, reason: 'message' in item ? String(item.message) : 'no reason given' }];
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
