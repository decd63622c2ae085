/** Asks what is stopped whether it answers again, each stop by itself. It must not know why it was stopped. */
import type { Clock } from '../clock.ts';
import type { Endpoint, Outcome, OutcomeCode } from '../event/outcome.ts';
import type { LaneStop, Queue } from '../store/ports/queue.ts';
import type { LaneBook } from './lane-book.ts';
import type { Pace } from './pace.ts';
import type { Target, Targets } from './target.ts';
import type { Verdicts } from './verdicts.ts';

export interface ProberOptions {
  readonly queue: Queue;
  readonly targets: Targets;
  /** The templates whose newest settings name this account. */
  readonly templatesOf: (lane: string) => Promise<readonly string[]>;
  readonly book: LaneBook;
  readonly pace: Pace;
  readonly verdicts: Verdicts;
  readonly clock: Clock;
  /** Between two probes of what somebody has to mend. */
  readonly probeMs: number;
  /** Between two probes of an account that is down, so that it goes on within seconds of its recovery. */
  readonly failingProbeMs: number;
  /** An account that somebody has to mend is asked so often too for so long: as a rule it is mended soon or late. */
  readonly eagerProbingMs: number;
}

/** What is stopped: the account or one endpoint of it, or an integration by its template. */
export type Stopped = LaneStop & { readonly templateId?: string };

/** One thing to ask about, and when. */
export interface Question {
  /** Names what is stopped, for whoever asks one thing once at a time. */
  readonly subject: string;
  readonly inMs: number;
  /** Asks, and lifts the stop when it is over. */
  ask(): Promise<void>;
}

/** What passes by itself: nobody has to do anything here. */
const PASSING: ReadonlySet<OutcomeCode> = new Set(['ACCOUNT_FAILING', 'DNS_FAILED']);

export class Prober {
  readonly #lane: string;
  readonly #options: ProberOptions;
  readonly #lastMs = new Map<string, number>();
  #hurriedAtMs = 0;

  constructor(lane: string, options: ProberOptions) {
    this.#lane = lane;
    this.#options = options;
  }

  /** Somebody may have mended what is stopped now: the next look does not wait. */
  hurry(): void {
    this.#hurriedAtMs = this.#options.clock.now();
  }

  /** How long until what is stopped is asked again, in milliseconds. */
  dueInMs(stopped: Stopped): number {
    const lastMs = Math.max(stopped.sinceMs, this.#lastMs.get(subjectOf(stopped)) ?? 0);
    if (this.#hurriedAtMs > lastMs) return 0;
    const everyMs = this.#everyMs(stopped);
    // A clock that was set back must not keep anybody waiting.
    return Math.max(0, Math.min(lastMs + everyMs - this.#options.clock.now(), everyMs));
  }

  /** Everything that is stopped here: the account's stops, and while its API is not among them those of its integrations. */
  async questions(stops: readonly LaneStop[]): Promise<readonly Question[]> {
    const { queue, templatesOf } = this.#options;
    const templateIds = await templatesOf(this.#lane);
    // What is left of those that moved away goes to their newest address, so that it waits for this one in vain.
    const isDeserted = templateIds.length === 0;
    const ofAccount = stops.map(
      (stop): Question => ({
        ...this.#question(stop, () => (isDeserted ? this.#resume(stop) : this.#account(stop, templateIds))),
        ...(isDeserted ? { inMs: 0 } : {}),
      }),
    );
    if (stops.some(({ endpoint }) => endpoint !== 'tracking')) return ofAccount;
    const stopped = await queue.stopsOfTemplates();
    const ofTemplates = templateIds.flatMap((templateId) => {
      const stop = stopped.get(templateId);
      return stop === undefined
        ? []
        : [this.#question({ ...stop, templateId }, () => this.#template(templateId))];
    });
    return [...ofAccount, ...ofTemplates];
  }

  #question(stopped: Stopped, answer: () => Promise<void>): Question {
    const subject = subjectOf(stopped);
    const ask = (): Promise<void> => {
      this.#lastMs.set(subject, this.#options.clock.now());
      return answer();
    };
    return { subject, inMs: this.dueInMs(stopped), ask };
  }

  #everyMs({ code, sinceMs, templateId }: Stopped): number {
    const { probeMs, failingProbeMs, eagerProbingMs, clock } = this.#options;
    const isFresh = templateId === undefined && clock.now() - sinceMs < eagerProbingMs;
    return isFresh || PASSING.has(code) ? failingProbeMs : probeMs;
  }

  async #account(stop: LaneStop, templateIds: readonly string[]): Promise<void> {
    if (await this.#answers(templateIds, stop.endpoint ?? 'api')) await this.#resume(stop);
  }

  async #resume({ endpoint }: LaneStop): Promise<void> {
    const { queue, clock } = this.#options;
    await queue.resume({ lane: this.#lane, only: endpoint ?? 'account' }, clock.now());
  }

  async #template(templateId: string): Promise<void> {
    const { queue, clock, verdicts } = this.#options;
    const { target, outcome } = await this.#probe(templateId, 'api');
    if (target === undefined || outcome?.kind !== 'delivered') return;
    verdicts.clear(target);
    await queue.resume({ templateId }, clock.now());
  }

  /** Whether the endpoint answers the first integration that has something to ask with. */
  async #answers(templateIds: readonly string[], endpoint: Endpoint): Promise<boolean> {
    for (const templateId of templateIds) {
      const { outcome } = await this.#probe(templateId, endpoint);
      if (outcome === undefined || outcome.code === 'SETTINGS_UNREADABLE') continue;
      // A key that is refused tells that the account answers; its integration is found out by its own jobs.
      return (
        outcome.kind === 'delivered' ||
        outcome.kind === 'rejected' ||
        outcome.code === 'FORBIDDEN_EMPTY' ||
        (outcome.kind === 'stop' && outcome.scope === 'integration')
      );
    }
    return false;
  }

  async #probe(
    templateId: string,
    endpoint: Endpoint,
  ): Promise<{ readonly target: Target | undefined; readonly outcome: Outcome | undefined }> {
    const { targets, pace, book } = this.#options;
    const target = await targets(templateId);
    const outcome = await target?.probe(endpoint, async (budget) => {
      await pace.slot(budget);
      if (pace.pausedMs > 0) throw new Error('The account was paused before the probe left.');
    });
    if (outcome?.kind === 'pause') await book.heed(outcome, templateId);
    return { target, outcome };
  }
}

function subjectOf({ templateId, endpoint }: Stopped): string {
  return templateId === undefined ? `account ${endpoint ?? ''}` : `integration ${templateId}`;
}
