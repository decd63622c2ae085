/** Tells a key that is refused for good from a passing refusal: the vendor answers both with an empty 403. It must not know what was sent. */
import type { Clock } from '../clock.ts';
import type { Outcome } from '../event/outcome.ts';

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
  readonly #doubts = new Map<string, Doubt>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The outcome itself, or the stop that it has become. */
  weigh(templateId: string, outcome: Outcome): Outcome {
    if (outcome.code !== 'FORBIDDEN_EMPTY') {
      if (outcome.kind === 'delivered' || outcome.kind === 'rejected') this.clear(templateId);
      return outcome;
    }
    const doubt = this.#next(templateId);
    this.#doubts.set(templateId, doubt);
    if (doubt.count < REFUSALS) return outcome;
    return {
      kind: 'stop',
      scope: 'integration',
      code: 'CREDENTIALS_REFUSED',
      message: `The vendor refused the API key ${doubt.count} times in a row without a word.`,
    };
  }

  clear(templateId: string): void {
    this.#doubts.delete(templateId);
  }

  #next(templateId: string): Doubt {
    const nowMs = this.#clock.now();
    const doubt = this.#doubts.get(templateId);
    if (doubt === undefined) return { count: 1, atMs: nowMs };
    return nowMs - doubt.atMs < SPACING_MS ? doubt : { count: doubt.count + 1, atMs: nowMs };
  }
}
