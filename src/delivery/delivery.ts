/** Owns accounts: claims those with work, gives each its turn when it is due, and lets go of those with nothing to do. It must not know what is sent. */
import type { Lease } from '../store/ports/queue.ts';
import { Agenda } from './agenda.ts';
import { type LaneOptions, LaneWorker } from './lane-worker.ts';
import type { Stopped } from './prober.ts';
import { Signal } from './signal.ts';

export interface DeliveryOptions extends LaneOptions {
  /** Names this process in leases. */
  readonly owner: string;
  readonly leaseMs: number;
}

interface Owned {
  readonly lease: Lease;
  readonly worker: LaneWorker;
  turning: Promise<void> | undefined;
  /** Something happened during the turn that it may have overlooked. */
  isWoken: boolean;
  isEnding: boolean;
}

/** `start` and `stop` are safe to call twice; `stop` resolves when everything under way is settled. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #owned = new Map<string, Owned>();
  readonly #agenda: Agenda;
  readonly #claims: Signal;
  #unsubscribe: () => void = () => {};
  #running: Promise<void> | undefined;
  #isStopping = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#claims = new Signal(options.clock);
    this.#agenda = new Agenda(options.clock, (lane) => this.#begin(lane));
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#isStopping = false;
    this.#unsubscribe = this.#options.store.queue.onWork((lanes) => this.#hear(lanes));
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#unsubscribe();
    this.#claims.give();
    await this.#running;
    this.#running = undefined;
  }

  /** Something changed, who knows where. */
  wake(): void {
    this.#hear(undefined);
  }

  /** Credentials were saved: what is stopped is asked at once whether it answers again. */
  probe(): void {
    for (const [lane, { worker }] of this.#owned) {
      worker.hurry();
      this.#wake(lane);
    }
  }

  /**
   * When what is stopped is asked again whether it answers, as the account's owner has it; undefined while nothing is
   * to be sent there: then it is asked as soon as something is.
   */
  nextProbeMs(lane: string, stopped: Stopped): number | undefined {
    const owned = this.#owned.get(lane);
    return owned === undefined || owned.isEnding ? undefined : owned.worker.nextProbeMs(stopped);
  }

  /** How many accounts are held at present. */
  get size(): number {
    return this.#owned.size;
  }

  /** Something changed in these accounts, or who knows where: jobs were added, a stop was lifted. */
  #hear(lanes: ReadonlySet<string> | undefined): void {
    for (const lane of lanes ?? this.#owned.keys()) this.#wake(lane);
    if (lanes === undefined || [...lanes].some((lane) => !this.#owned.has(lane))) this.#claims.give();
  }

  #wake(lane: string): void {
    const owned = this.#owned.get(lane);
    if (owned === undefined || owned.isEnding) return;
    if (owned.turning === undefined) this.#agenda.in(0, lane);
    else owned.isWoken = true;
  }

  async #run(): Promise<void> {
    const { limits, onError, store } = this.#options;
    while (!this.#isStopping) {
      await this.#claim().catch(onError);
      if (!this.#isStopping) await this.#claims.take(limits.pollMs);
    }
    this.#agenda.clear();
    const owned = [...this.#owned.values()];
    await Promise.all(owned.map(({ worker, turning }) => Promise.all([worker.stop(), turning])));
    this.#owned.clear();
    await store.queue.release(owned.map(({ lease }) => lease)).catch(onError);
  }

  /** Takes what has work and nobody owns, keeps what is ours, drops what is lost. */
  async #claim(): Promise<void> {
    const { store, owner, leaseMs, clock } = this.#options;
    const kept = new Map(
      (await store.queue.renew(owner, clock.now(), leaseMs)).map((lease) => [lease.lane, lease.epoch]),
    );
    for (const owned of this.#owned.values()) {
      if (kept.get(owned.lease.lane) !== owned.lease.epoch) void this.#end(owned);
    }
    for (const lease of await store.queue.claim(owner, clock.now(), leaseMs)) {
      if (this.#owned.has(lease.lane)) {
        // Its former worker is still ending; the account is claimed anew when that is over.
        await store.queue.release([lease]);
        continue;
      }
      const worker = new LaneWorker(lease, this.#options, () => this.#wake(lease.lane));
      this.#owned.set(lease.lane, { lease, worker, turning: undefined, isWoken: false, isEnding: false });
      this.#agenda.in(0, lease.lane);
    }
  }

  #begin(lane: string): void {
    const owned = this.#owned.get(lane);
    if (owned === undefined || owned.isEnding || this.#isStopping) return;
    owned.isWoken = false;
    owned.turning = this.#turn(owned);
  }

  async #turn(owned: Owned): Promise<void> {
    const waitMs = await owned.worker.turn();
    owned.turning = undefined;
    if (this.#isStopping || owned.isEnding) return;
    if (waitMs === undefined && !(owned.isWoken && owned.worker.isIdle)) void this.#end(owned);
    else this.#agenda.in(owned.isWoken ? 0 : (waitMs ?? 0), owned.lease.lane);
  }

  /** Lets the account go once what is under way has ended. */
  async #end(owned: Owned): Promise<void> {
    if (owned.isEnding) return;
    owned.isEnding = true;
    const { store, onError } = this.#options;
    const { lease, worker, turning } = owned;
    this.#agenda.drop(lease.lane);
    await Promise.all([worker.stop(), turning]).catch(onError);
    if (this.#owned.get(lease.lane) !== owned || this.#isStopping) return;
    this.#owned.delete(lease.lane);
    await store.queue.release([lease]).catch(onError);
    this.#claims.give();
  }
}
