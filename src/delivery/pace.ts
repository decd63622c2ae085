/** When the requests of one account may leave: its budgets, its pauses, its stops. It must not know what is sent. */
import type { Clock } from '../clock.ts';
import type { Endpoint, OutcomeCode } from '../event/outcome.ts';
import { Limiter, type Slot } from './limiter.ts';
import { type Budget, endpointOf } from './target.ts';
import { Waits } from './waits.ts';

export interface PaceLimits {
  readonly requestsPerSecond: number;
  readonly trackingPerSecond: number;
  /** Imports of several contacts. */
  readonly bulkPerMinute: number;
}

/** Why nothing leaves; of one endpoint, where it has one. */
export interface Hold {
  readonly code: OutcomeCode;
  readonly endpoint?: Endpoint | undefined;
}

/** The vendor counts requests by the second, five of them, and imports by the minute, a hundred. */
const COUNTED_TOGETHER = { api: 5, tracking: 5, bulk: 100 } as const;

/** Retries in leftover time count against their share but for so many: when others come, it is theirs again soon. */
const MOST_RETRIES_OWED = 10;

export class Pace {
  readonly #clock: Clock;
  readonly #limiters: Readonly<Record<Budget, Limiter>>;
  /** Retries get a fifth of the budget while others wait. */
  readonly #retries: Limiter;
  readonly #mostOwedMs: number;
  readonly #waits: Waits;
  #pausedUntilMs = 0;
  #pauseCode: OutcomeCode = 'RATE_LIMITED';
  #stops: readonly Hold[] = [];
  #isOver = false;

  constructor(clock: Clock, limits: PaceLimits) {
    this.#clock = clock;
    this.#waits = new Waits(clock);
    this.#limiters = {
      api: new Limiter(clock, limits.requestsPerSecond, COUNTED_TOGETHER.api),
      tracking: new Limiter(clock, limits.trackingPerSecond, COUNTED_TOGETHER.tracking),
      bulk: new Limiter(clock, limits.bulkPerMinute / 60, COUNTED_TOGETHER.bulk),
    };
    this.#retries = new Limiter(clock, limits.requestsPerSecond / 5);
    this.#mostOwedMs = (MOST_RETRIES_OWED * 5_000) / limits.requestsPerSecond;
  }

  /** Waits for the budget's next slot; undefined when meanwhile nothing may leave any more. */
  async slot(budget: Budget): Promise<Slot | undefined> {
    const slot = await this.#turnOf(budget);
    // One after the other: a slot that is taken before its time is lost to everybody else.
    if (budget === 'bulk' && this.maySend(budget)) await this.#turnOf('api');
    return this.maySend(budget) ? slot : undefined;
  }

  /** The request of a slot that was taken some time ago leaves now. */
  left(budget: Budget, slot: Slot): void {
    this.#limiters[budget].left(slot);
  }

  async #turnOf(budget: Budget): Promise<Slot | undefined> {
    const limiter = this.#limiters[budget];
    for (let next: Slot | number = limiter.reserve(); !this.#isOver; next = limiter.leave()) {
      if (typeof next !== 'number') return next;
      if (next > 0) await this.#waits.for(next);
    }
    return undefined;
  }

  maySend(budget: Budget): boolean {
    return !this.#isOver && this.holdOf(budget) === undefined;
  }

  /** What keeps the budget's requests from leaving now. */
  holdOf(budget: Budget): Hold | undefined {
    if (this.pausedMs > 0) return { code: this.#pauseCode };
    return this.#stops.find(({ endpoint }) => endpoint === undefined || endpoint === endpointOf(budget));
  }

  /** How much longer nothing may leave, in milliseconds; 0 or less when free. */
  get pausedMs(): number {
    return this.#pausedUntilMs - this.#clock.now();
  }

  /** How long until an import may leave, in milliseconds; 0 when one may leave now. */
  get bulkFreeInMs(): number {
    return this.#limiters.bulk.freeInMs;
  }

  /** Whether a retry may leave although others wait. */
  get isRetryFree(): boolean {
    return this.#retries.isFree();
  }

  /** One request of a retry. */
  countRetry(): void {
    if (this.#retries.freeInMs < this.#mostOwedMs) this.#retries.reserve();
  }

  /** Not before that time. An earlier word of a later time holds, also one that the disk has not taken yet. */
  pauseUntil(untilMs: number, code: OutcomeCode): void {
    if (untilMs <= this.#pausedUntilMs) return;
    this.#pausedUntilMs = untilMs;
    this.#pauseCode = code;
  }

  /** What is stopped now: the account as a whole, its endpoints, or nothing. */
  setStops(stops: readonly Hold[]): void {
    this.#stops = stops;
  }

  /** A further stop, or a newer reason for one that there is. */
  addStop({ code, endpoint }: Hold): void {
    this.#stops = [...this.#stops.filter((stop) => stop.endpoint !== endpoint), { code, endpoint }];
  }

  /** The worker ends or does not own the account any more: nothing leaves from here. */
  end(): void {
    this.#isOver = true;
    this.#waits.end();
  }
}
