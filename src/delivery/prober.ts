/** Asks what is stopped whether it answers again. It must not know why it was stopped. */
import type { Clock } from '../clock.ts';
import type { Outcome } from '../event/outcome.ts';
import type { LaneStatus, Queue } from '../store/port.ts';
import type { Pace } from './pace.ts';
import type { Targets } from './target.ts';
import type { Verdicts } from './verdicts.ts';

export interface ProberOptions {
  readonly queue: Queue;
  readonly targets: Targets;
  /** The templates whose newest settings name this account. */
  readonly templatesOf: (lane: string) => Promise<readonly string[]>;
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

  constructor(lane: string, options: ProberOptions) {
    this.#lane = lane;
    this.#options = options;
  }

  /** Probes the stopped account when it is time; answers how long until the next look, 0 when it goes on. */
  async account(stop: NonNullable<LaneStatus['stop']>): Promise<number> {
    const { queue, clock, templatesOf, probeMs, failingProbeMs } = this.#options;
    const everyMs = stop.code === 'ACCOUNT_FAILING' ? failingProbeMs : probeMs;
    const [templateId] = await templatesOf(this.#lane);
    if (templateId === undefined) return everyMs;
    const leftMs = this.#untilDue(this.#lane, stop.sinceMs, everyMs);
    if (leftMs > 0) return leftMs;
    const outcome = await this.#probe(templateId);
    // A key that is refused tells that the account answers; its integration is found out by its own jobs.
    const answers =
      outcome?.kind === 'delivered' ||
      outcome?.kind === 'rejected' ||
      (outcome?.kind === 'stop' && outcome.scope === 'integration');
    if (!answers) return everyMs;
    await queue.resume({ lane: this.#lane }, clock.now());
    return 0;
  }

  /** Probes the stopped integrations of the account for which it is time. */
  async templates(): Promise<void> {
    const { queue, clock, templatesOf, verdicts, probeMs } = this.#options;
    const stops = await queue.stopsOfTemplates();
    if (stops.size === 0) return;
    for (const templateId of await templatesOf(this.#lane)) {
      const stop = stops.get(templateId);
      if (stop === undefined || this.#untilDue(templateId, stop.sinceMs, probeMs) > 0) continue;
      if ((await this.#probe(templateId))?.kind !== 'delivered') continue;
      verdicts.clear(templateId);
      await queue.resume({ templateId }, clock.now());
    }
  }

  /** Milliseconds until the subject may be probed; notes the probe when it is due. */
  #untilDue(subject: string, sinceMs: number, everyMs: number): number {
    const nowMs = this.#options.clock.now();
    const lastMs = Math.max(sinceMs, this.#lastMs.get(subject) ?? 0);
    // A clock that was set back must not keep anybody waiting.
    const leftMs = Math.min(lastMs + everyMs - nowMs, everyMs);
    if (leftMs <= 0) this.#lastMs.set(subject, nowMs);
    return leftMs;
  }

  async #probe(templateId: string): Promise<Outcome | undefined> {
    const target = await this.#options.targets(templateId);
    return target?.probe(async (budget) => {
      await this.#options.pace.slot(budget);
    });
  }
}
