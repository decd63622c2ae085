/** Works the running replay off, a bounded stretch at a time; a crash costs no more than the stretch under way. It must not know the database or any vendor. */
import type { Clock } from '../clock.ts';
import { ERASE_ACTION } from '../store/ports/erasure.ts';
import type { LoggedEvent, Seq } from '../store/ports/event-log.ts';
import type { JobId, NewJob } from '../store/ports/queue.ts';
import type { FoundJob, Replay, ReplayMapping, ReplayStep, Survey } from '../store/ports/replays.ts';
import type { Store } from '../store/store.ts';
import {
  type CompiledRevision,
  type Configuration,
  loadConfiguration,
  type RevisionCompiler,
} from './configuration.ts';
import { mapAnew } from './map-anew.ts';

export interface ReplayerOptions {
  readonly store: Pick<Store, 'replays' | 'log' | 'ledger' | 'config'>;
  readonly compiler: RevisionCompiler;
  readonly clock: Clock;
  readonly limits: {
    /** Jobs that one step looks at. */
    readonly stepJobs: number;
    /** Payloads, or bodies of events, that one step loads; a single one may be more. */
    readonly bytes: number;
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
    const survey = await replays.survey(
      replay.selection,
      replay.position,
      this.#options.limits.stepJobs,
      replay.through,
    );
    const { found, next } = await this.#withinBounds(survey, replay.mapping);
    const to = next ?? replay.through;
    if (found.length > 0 || next !== undefined) {
      const isDone = await replays.advance(await this.#compute(replay, found, to));
      // Cancelled meanwhile, or to be computed again with the new configuration.
      if (!isDone) return true;
    }
    if (next === undefined) await replays.finish(replay.id, { state: 'done' }, this.#options.clock.now());
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

  /** The first of what was found, as much as one step may load. */
  async #withinBounds(survey: Survey, mapping: ReplayMapping): Promise<Survey> {
    const { store, limits } = this.#options;
    const counted = new Set<Seq>();
    let bytes = 0;
    for (const [index, job] of survey.found.entries()) {
      if (isKept(job, mapping)) bytes += job.bytes;
      else if (!counted.has(job.seq)) bytes += await store.log.bytesOf([job.seq]);
      counted.add(job.seq);
      const before = survey.found[index - 1];
      if (bytes > limits.bytes && before !== undefined)
        return { found: survey.found.slice(0, index), next: before.id };
    }
    return survey;
  }

  async #compute(replay: Replay, found: readonly FoundJob[], to: JobId): Promise<ReplayStep> {
    const { clock, store, compiler, onError } = this.#options;
    const step = { id: replay.id, from: replay.position, to, nowMs: clock.now() };
    const repeated = found.filter((job) => isKept(job, replay.mapping)).map(({ id }) => id);
    const anew = found.filter((job) => !isKept(job, replay.mapping));
    if (anew.length === 0) return { ...step, repeated, remapped: [], skipped: 0 };
    const configuration = await loadConfiguration(store.config, compiler, this.#compiled, onError);
    const events = await store.log.readMany([...new Set(anew.map(({ seq }) => seq))]);
    const bySeq = new Map(events.map((logged) => [logged.seq, logged]));
    const remapped: { readonly job: JobId; readonly jobs: readonly NewJob[] }[] = [];
    for (const job of anew) {
      const jobs = await this.#jobsFor(job, bySeq.get(job.seq), configuration, replay.id);
      if (jobs.length > 0) remapped.push({ job: job.id, jobs });
    }
    const skipped = anew.length - remapped.length;
    return { ...step, repeated, remapped, skipped, configVersion: configuration.version };
  }

  /**
   * What today's blueprint makes in the place of the job: its own rule, and rules that never made anything of this
   * event. What the event's other rules made has its own fate.
   */
  async #jobsFor(
    job: FoundJob,
    logged: LoggedEvent | undefined,
    configuration: Configuration,
    replayId: string,
  ): Promise<readonly NewJob[]> {
    const { store, clock } = this.#options;
    const rules = logged === undefined ? undefined : configuration.pipeline(logged.pipelineId);
    const integration = rules?.current().find(({ id }) => id === job.integrationId);
    if (logged === undefined || rules === undefined || integration === undefined) return [];
    const context = { rules, ledger: store.ledger, replayId, nowMs: clock.now() };
    const mapped = await mapAnew(logged, integration, context);
    const tried = await store.replays.rulesTried(job.integrationId, job.seq);
    return mapped?.jobs.filter(({ rule }) => rule === job.rule || !tried.has(rule)) ?? [];
  }
}

/** It goes again with the payload that it had; all others are mapped anew from their event. */
function isKept({ action }: FoundJob, mapping: ReplayMapping): boolean {
  return mapping === 'as_mapped' || action === ERASE_ACTION;
}
