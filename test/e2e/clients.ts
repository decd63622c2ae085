/** Clients that each send one event after the other, and each again until it is taken. They must not know why one is refused. */
import { expect } from 'vitest';
import { eventually, YES } from './harness.ts';
import type { Answer, Arrivals, Served } from './served.ts';

/** So many, each with a contact of its own. */
export const CLIENTS = 4;

export interface ClientOptions {
  readonly arrivals: Arrivals;
  /** They wait while more of what was taken than this has not arrived; without it they never do. */
  readonly maxBacklog?: number;
  /** What clients before them had acknowledged, of which all that will ever arrive has arrived. */
  readonly earlier?: ReadonlySet<string>;
  /** Characters that make their events larger. */
  readonly padding?: number;
}

/** They begin at once. An answer that is neither 200 nor a full 503 ends them with an error. */
export class Clients {
  /** MessageIds whose 200 was read, by clients before them too. */
  readonly acknowledged: Set<string>;
  /** Every 503. */
  readonly refusals: Answer[] = [];
  /** Since an event was taken. */
  refusedInARow = 0;
  /** Resolves when each has stopped. */
  readonly ended: Promise<unknown>;
  readonly #options: ClientOptions;
  /** How many were acknowledged before they began, and how many of those never arrive, since a kill left them unknown. */
  readonly #from: number;
  readonly #unknown: number;
  readonly #onTurn = new Set<() => void>();
  #service: Served;
  #isOver = false;

  constructor(service: Served, options: ClientOptions) {
    this.#service = service;
    this.#options = options;
    this.acknowledged = new Set(options.earlier);
    this.#from = this.acknowledged.size;
    this.#unknown = this.#from - options.arrivals.count();
    this.ended = Promise.all(Array.from({ length: CLIENTS }, (_, index) => this.#send(index)));
    // Whoever waits for the end hears of it.
    this.ended.catch(() => {});
  }

  /** They turn to this one. */
  turnTo(service: Served): void {
    this.#service = service;
    for (const turned of this.#onTurn) turned();
    this.#onTurn.clear();
  }

  /** Each stops when its last event was taken. */
  stop(): void {
    this.#isOver = true;
  }

  async #send(index: number): Promise<void> {
    const padding = 'x'.repeat(this.#options.padding ?? 0);
    for (let n = this.#from; !this.#isOver; n += 1) {
      const messageId = `c${index}-${n}`;
      const who = { userId: `user-${index}`, messageId, context: YES };
      const properties = { order_id: messageId, padding };
      const event =
        n === 0
          ? { type: 'identify', ...who, traits: { email: `c${index}@example.com` } }
          : { type: 'track', event: 'Order Completed', ...who, properties };
      await this.#catchUp();
      while (!(await this.#isTaken(event)));
      this.acknowledged.add(messageId);
    }
  }

  async #catchUp(): Promise<void> {
    const { arrivals, maxBacklog = Number.POSITIVE_INFINITY } = this.#options;
    const underWay = (arrived: number): number => this.acknowledged.size - this.#unknown - arrived;
    if (underWay(arrivals.times.size) <= maxBacklog) return;
    await eventually(() => expect(this.#isOver || underWay(arrivals.count()) <= maxBacklog).toBe(true));
  }

  async #isTaken(event: object): Promise<boolean> {
    const service = this.#service;
    const answer = await service.send(event);
    if (answer === undefined) {
      // It is down; they wait until somebody says where to turn to.
      await service.ended;
      if (service === this.#service) await new Promise<void>((resolve) => this.#onTurn.add(resolve));
      return false;
    }
    if (answer.status === 200) {
      this.refusedInARow = 0;
      return true;
    }
    expect(answer).toEqual(REFUSAL);
    this.refusals.push(answer);
    this.refusedInARow += 1;
    return false;
  }
}

const REFUSAL = {
  status: 503,
  retryAfter: expect.stringMatching(/^[1-9]\d*$/),
  body: { error: { code: 'STORE_UNAVAILABLE', message: expect.any(String) } },
};
