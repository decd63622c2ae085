/** What an outcome means in the light of those before it. It must not know what was sent. */
import type { Clock } from '../clock.ts';
import type { Outcome } from '../event/outcome.ts';
import type { PendingJob } from '../store/port.ts';
import { Circuit } from './circuit.ts';
import { Suspicion } from './suspicion.ts';
import type { Budget, Target } from './target.ts';

export interface Weighed {
  /** What the try means for its own jobs. */
  readonly outcome: Outcome;
  /** The stop of the account that the try shows besides. */
  readonly stop?: Outcome;
}

export class Verdicts {
  /** Tracking goes with a key of its own: what it answers says nothing about the other one. */
  readonly #suspicions: Readonly<Record<'api' | 'tracking', Suspicion>>;
  readonly #circuit: Circuit;

  constructor(clock: Clock) {
    this.#suspicions = { api: new Suspicion(clock), tracking: new Suspicion(clock) };
    this.#circuit = new Circuit(clock);
  }

  /**
   * An empty refusal may have become the third in a row, a server error the one that shows that the account is down.
   * A try whose outcome is unknown keeps it: it must not be taken for one that did not happen.
   */
  weigh(job: PendingJob, target: Target, budget: Budget, outcome: Outcome): Weighed {
    const suspicion = this.#suspicions[budget === 'tracking' ? 'tracking' : 'api'];
    const suspected = suspicion.weigh(target, outcome);
    const weighed = this.#circuit.weigh(job.contacts[0], suspected);
    return outcome.kind === 'unknown' && weighed !== suspected
      ? { outcome, stop: weighed }
      : { outcome: weighed };
  }

  clear(target: Target): void {
    this.#suspicions.api.clear(target);
    this.#suspicions.tracking.clear(target);
  }
}
