/** Tells a key that is refused for good from a passing refusal: the vendor answers both with an empty 403. It must not know what was sent. */
import type { Clock } from '../clock.ts';
import type { Outcome } from '../event/outcome.ts';
import type { Target } from './target.ts';

/** So many empty refusals in a row stop the integration … */
const REFUSALS = 3;
/** … if each came at least this long after the one before that counted. */
const SPACING_MS = 1_000;

interface Doubt {
  readonly count: number;
  readonly atMs: number;
}

export class Suspicion {
  readonly #clock: Clock;
  /** By the settings that were tried: new ones begin without a doubt. */
  readonly #doubts = new WeakMap<Target, Doubt>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The outcome itself, or the stop that it has become. */
  weigh(target: Target, outcome: Outcome): Outcome {
    if (outcome.code !== 'FORBIDDEN_EMPTY') {
      if (outcome.kind === 'delivered' || outcome.kind === 'rejected') this.clear(target);
      return outcome;
    }
    const doubt = this.#next(target);
    this.#doubts.set(target, doubt);
    if (doubt.count < REFUSALS) return outcome;
    return {
      kind: 'stop',
      scope: 'integration',
      code: 'CREDENTIALS_REFUSED',
      message: `The vendor refused the API key ${doubt.count} times in a row without a word.`,
    };
  }

  clear(target: Target): void {
    this.#doubts.delete(target);
  }

  #next(target: Target): Doubt {
    const nowMs = this.#clock.now();
    const doubt = this.#doubts.get(target);
    if (doubt === undefined) return { count: 1, atMs: nowMs };
    return nowMs - doubt.atMs < SPACING_MS ? doubt : { count: doubt.count + 1, atMs: nowMs };
  }
}
