/** Owns accounts: claims their lanes and keeps a worker for each. It must not know what is sent. */
import type { Lease } from '../store/port.ts';
import { type LaneOptions, LaneWorker } from './lane-worker.ts';
import { Signal } from './signal.ts';

export interface DeliveryOptions extends LaneOptions {
  /** Names this process in leases. */
  readonly owner: string;
  readonly leaseMs: number;
}

/** `start` and `stop` are safe to call twice; `stop` resolves when everything under way is settled. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #workers = new Map<string, { readonly lease: Lease; readonly worker: LaneWorker }>();
  readonly #work: Signal;
  #unsubscribe: () => void = () => {};
  #running: Promise<void> | undefined;
  #isStopping = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#work = new Signal(options.clock);
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#isStopping = false;
    this.#unsubscribe = this.#options.store.queue.onWork(() => this.wake());
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#unsubscribe();
    this.#work.give();
    await this.#running;
    this.#running = undefined;
  }

  /** Something changed: jobs were added, a stop was lifted. */
  wake(): void {
    for (const { worker } of this.#workers.values()) worker.wake();
    this.#work.give();
  }

  /** Credentials were saved: what is stopped is asked at once whether it answers again. */
  probe(): void {
    for (const { worker } of this.#workers.values()) worker.probe();
  }

  async #run(): Promise<void> {
    const { limits, onError } = this.#options;
    while (!this.#isStopping) {
      await this.#claim().catch(onError);
      if (!this.#isStopping) await this.#work.take(limits.pollMs);
    }
    await Promise.all([...this.#workers.values()].map(({ worker }) => worker.stop()));
    const leases = [...this.#workers.values()].map(({ lease }) => lease);
    this.#workers.clear();
    await this.#options.store.queue.release(leases).catch(onError);
  }

  /** Takes what nobody owns, keeps what is ours, drops what is lost. */
  async #claim(): Promise<void> {
    const { store, owner, leaseMs, clock } = this.#options;
    const kept = new Map(
      (await store.queue.renew(owner, clock.now(), leaseMs)).map((lease) => [lease.lane, lease.epoch]),
    );
    for (const [lane, { lease, worker }] of this.#workers) {
      if (kept.get(lane) === lease.epoch) continue;
      this.#workers.delete(lane);
      await worker.stop();
    }
    for (const lease of await store.queue.claim(owner, clock.now(), leaseMs)) {
      if (this.#workers.has(lease.lane)) continue;
      const worker = new LaneWorker(lease, this.#options);
      this.#workers.set(lease.lane, { lease, worker });
      worker.start();
    }
  }
}
