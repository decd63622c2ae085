/** Works the running replay off, a bounded stretch at a time; a crash costs no more than the stretch under way. It must not know the database or any vendor. */

import type { CompiledRevision } from './configuration.ts';
import { nextStretch, type StretchOptions } from './replay-stretch.ts';

export interface ReplayerOptions extends Omit<StretchOptions, 'compiled'> {
  readonly limits: StretchOptions['limits'] & {
    /** Looked for a replay at least this often; hints make it sooner. */
    readonly pollMs: number;
    /** Wait after a step that could not be committed. */
    readonly retryMs: number;
  };
  /** Told of steps that failed; the step is tried again. */
  readonly onError: (error: unknown) => void;
}

/** `start` and `stop` are safe to call twice; `stop` resolves when the step under way is committed. */
export class Replayer {
  readonly #options: ReplayerOptions;
  readonly #compiled = new Map<string, CompiledRevision>();
  #running: Promise<void> | undefined;
  #isStopping = false;
  #isHinted = false;
  #wake: () => void = () => {};
  #unsubscribe: () => void = () => {};

  constructor(options: ReplayerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#isStopping = false;
    this.#unsubscribe = this.#options.store.replays.onCreate(() => {
      this.#isHinted = true;
      this.#wake();
    });
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    await this.#running;
    this.#running = undefined;
    this.#unsubscribe();
  }

  /** One step of the running replay; false when there is none. */
  async step(): Promise<boolean> {
    const { replays } = this.#options.store;
    const replay = await replays.running();
    if (replay === undefined) return false;
    const stretch = await nextStretch(replay, { ...this.#options, compiled: this.#compiled });
    // Cancelled meanwhile, or to be computed again with the new configuration.
    if (stretch.step !== undefined && !(await replays.advance(stretch.step))) return true;
    if (stretch.isLast) await replays.finish(replay.id, { state: 'done' }, this.#options.clock.now());
    return true;
  }

  async #run(): Promise<void> {
    const { limits, onError } = this.#options;
    while (!this.#isStopping) {
      this.#isHinted = false;
      try {
        const worked = await this.step();
        if (!worked && !this.#isHinted) await this.#pause(limits.pollMs);
      } catch (error) {
        onError(error);
        await this.#pause(limits.retryMs);
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
      if (this.#isStopping) this.#wake();
    });
  }
}
