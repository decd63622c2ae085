/** Asks what is stopped whether it answers again. It must not know why it was stopped. */
import type { Clock } from '../clock.ts';
import type { Endpoint, Outcome } from '../event/outcome.ts';
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
}

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

  /** How long until the stopped account, or its stopped endpoint, is asked again, in milliseconds. */
  dueInMs(stop: LaneStop): number {
    return Math.max(0, this.#leftMs(this.#lane, stop.sinceMs, this.#everyMs(stop)));
  }

  /** Probes the stopped account or endpoint when it is time; answers how long until the next look, 0 when it goes on. */
  async account(stop: LaneStop): Promise<number> {
    const { queue, clock, templatesOf } = this.#options;
    const { endpoint } = stop;
    const everyMs = this.#everyMs(stop);
    const templateIds = await templatesOf(this.#lane);
    // What is left of those that moved away goes to their newest address, so that it waits for this one in vain.
    const isDeserted = templateIds.length === 0;
    const leftMs = isDeserted ? 0 : this.#untilDue(this.#lane, stop.sinceMs, everyMs);
    if (leftMs > 0) return leftMs;
    if (!isDeserted && !(await this.#answers(templateIds, endpoint ?? 'api'))) return everyMs;
    await queue.resume({ lane: this.#lane, ...(endpoint === undefined ? {} : { endpoint }) }, clock.now());
    return 0;
  }

  #everyMs({ code }: LaneStop): number {
    const { probeMs, failingProbeMs } = this.#options;
    return code === 'ACCOUNT_FAILING' ? failingProbeMs : probeMs;
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

  /** Probes the stopped integrations of the account for which it is time. */
  async templates(): Promise<void> {
    const { queue, clock, templatesOf, verdicts, probeMs } = this.#options;
    const stops = await queue.stopsOfTemplates();
    if (stops.size === 0) return;
    for (const templateId of await templatesOf(this.#lane)) {
      const stop = stops.get(templateId);
      if (stop === undefined || this.#untilDue(templateId, stop.sinceMs, probeMs) > 0) continue;
      const { target, outcome } = await this.#probe(templateId, 'api');
      if (target === undefined || outcome?.kind !== 'delivered') continue;
      verdicts.clear(target);
      await queue.resume({ templateId }, clock.now());
    }
  }

  /** Milliseconds until the subject may be probed; notes the probe when it is due. */
  #untilDue(subject: string, sinceMs: number, everyMs: number): number {
    const leftMs = this.#leftMs(subject, sinceMs, everyMs);
    if (leftMs <= 0) this.#lastMs.set(subject, this.#options.clock.now());
    return leftMs;
  }

  #leftMs(subject: string, sinceMs: number, everyMs: number): number {
    const lastMs = Math.max(sinceMs, this.#lastMs.get(subject) ?? 0);
    // A clock that was set back must not keep anybody waiting.
    return this.#hurriedAtMs > lastMs ? 0 : Math.min(lastMs + everyMs - this.#options.clock.now(), everyMs);
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
