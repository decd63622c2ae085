/** What an outcome means in the light of those before it. It must not know what was sent. */
import type { Clock } from '../clock.ts';
import type { Outcome } from '../event/outcome.ts';
import type { PendingJob } from '../store/port.ts';
import { Circuit } from './circuit.ts';
import { Suspicion } from './suspicion.ts';

export class Verdicts {
  readonly #suspicion: Suspicion;
  readonly #circuit: Circuit;

  constructor(clock: Clock) {
    this.#suspicion = new Suspicion(clock);
    this.#circuit = new Circuit(clock);
  }

  /**
   * An empty refusal may have become the third in a row, a server error the one that shows that the account is down.
   * A try whose outcome is unknown keeps it: it must not be taken for one that did not happen.
   */
  weigh(job: PendingJob, templateId: string, outcome: Outcome): Outcome {
    const weighed = this.#circuit.weigh(job.contacts[0], this.#suspicion.weigh(templateId, outcome));
    return outcome.kind === 'unknown' ? outcome : weighed;
  }

  clear(templateId: string): void {
    this.#suspicion.clear(templateId);
  }
}
