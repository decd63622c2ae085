/** What an outcome means in the light of those before it. It must not know what was sent. */
import type { Clock } from '../clock.ts';
import type { Endpoint, Outcome, OutcomeCode } from '../event/outcome.ts';
import type { PendingJob } from '../store/ports/queue.ts';
import { Circuit } from './circuit.ts';
import { Suspicion } from './suspicion.ts';
import { type Budget, endpointOf, type Target } from './target.ts';

export interface Weighed {
  /** What the try means for its own jobs. */
  readonly outcome: Outcome;
  /** The stop of the account that the try shows besides. */
  readonly stop?: Outcome;
}

/** What is wrong with the way to a host says nothing about the account's other host. */
const OF_THE_WAY: ReadonlySet<OutcomeCode> = new Set(['DNS_FAILED', 'ADDRESS_REFUSED', 'WRONG_HOST']);

export class Verdicts {
  /** Tracking goes with a key of its own: what it answers says nothing about the other one. */
  readonly #suspicions: Readonly<Record<Endpoint, Suspicion>>;
  readonly #circuits: Readonly<Record<Endpoint, Circuit>>;

  constructor(clock: Clock) {
    this.#suspicions = { api: new Suspicion(clock), tracking: new Suspicion(clock) };
    this.#circuits = { api: new Circuit(clock, 'api'), tracking: new Circuit(clock, 'tracking') };
  }

  /**
   * An empty refusal may have become the third in a row, a server error the one that shows that the account is down.
   * `budget` is that of its last request: an event fails at the API when its contact cannot be made known there.
   * A try whose outcome is unknown keeps it: it must not be taken for one that did not happen. So does one that was
   * told when to come back.
   */
  weigh(job: PendingJob, target: Target, budget: Budget, outcome: Outcome): Weighed {
    const endpoint = endpointOf(budget);
    const suspected = this.#suspicions[endpoint].weigh(target, ofEndpoint(endpoint, outcome));
    const weighed = this.#circuits[endpoint].weigh(job.contacts[0], suspected);
    return (outcome.kind === 'unknown' || outcome.kind === 'pause') && weighed !== suspected
      ? { outcome, stop: weighed }
      : { outcome: weighed };
  }

  clear(target: Target): void {
    this.#suspicions.api.clear(target);
    this.#suspicions.tracking.clear(target);
  }
}

/** Without the API there is no account; without the tracking host there are only no events. */
function ofEndpoint(endpoint: Endpoint, outcome: Outcome): Outcome {
  const isStop = outcome.kind === 'stop' && outcome.scope === 'account';
  return isStop && endpoint === 'tracking' && OF_THE_WAY.has(outcome.code)
    ? { ...outcome, endpoint }
    : outcome;
}
