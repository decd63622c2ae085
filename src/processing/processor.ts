/** Reads the log in order and turns it into jobs, one commit a stretch. It must not know how anything is decided. */
import type { Clock } from '../clock.ts';
import type { Email } from '../event/email.ts';
import type { LoggedEvent, Seq } from '../store/ports/event-log.ts';
import type { LedgerSnapshot, VisitorKey } from '../store/ports/ledger.ts';
import type { DecisionWrite, LinkWrite, ParkWrite, Step } from '../store/ports/steps.ts';
import type { Store } from '../store/store.ts';
import {
  type CompiledRevision,
  type Configuration,
  loadConfiguration,
  type RevisionCompiler,
} from './configuration.ts';
import { type Decisions, decideEvent, mayRelease } from './decide.ts';
import { aliasedKeys, mentionedEmails, PersonBook, visitorKeys } from './person-book.ts';
import { isErased } from './tombstone.ts';
import { withdrawalsOf } from './withdrawals.ts';

export interface ProcessorOptions {
  readonly store: Pick<Store, 'log' | 'ledger' | 'steps' | 'config'>;
  readonly compiler: RevisionCompiler;
  readonly clock: Clock;
  readonly limits: {
    /** Events in one commit, at most. */
    readonly batchEvents: number;
    /** Events that wait for an address and are released by one commit; one event's own may be more. */
    readonly releasedEvents: number;
    /** Bodies read for one commit, of its events and again of those that they release; one event's own may be more. */
    readonly bytes: number;
    /** Looked for new events at least this often; hints make it sooner. */
    readonly pollMs: number;
    readonly parkMs: number;
    /** Wait after a step that could not be committed. */
    readonly retryMs: number;
  };
  /** Told of steps that failed; the step is tried again. */
  readonly onError: (error: unknown) => void;
}

/** A worker: `start` and `stop` are safe to call twice; `stop` resolves when the step under way is committed. */
export class Processor {
  readonly #options: ProcessorOptions;
  readonly #compiled = new Map<string, CompiledRevision>();
  #configuration: Configuration | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;
  /** A hint came since the last look; the next wait is skipped. */
  #hinted = false;
  #wake: () => void = () => {};
  #unsubscribe: () => void = () => {};

  constructor(options: ProcessorOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#stopping = false;
    this.#unsubscribe = this.#options.store.log.onAppend(() => {
      this.#hinted = true;
      this.#wake();
    });
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#running;
    this.#running = undefined;
    this.#unsubscribe();
  }

  /** One stretch of the log. Answers how many events were processed: 0 when there was none, undefined when it has to be computed again. */
  async step(): Promise<number | undefined> {
    const { store, limits } = this.#options;
    const from = await store.steps.cursor();
    const found = await store.log.read(from, limits.batchEvents, limits.bytes);
    const events = await this.#withinBounds(found);
    const last = events.at(-1);
    if (last === undefined) return 0;
    // The configuration is asked after the events were read: a pin was committed before any event behind it.
    const configuration = await this.#currentConfiguration();
    const committed = await store.steps.commit(await this.#compute(from, last.seq, events, configuration));
    return committed ? events.length : undefined;
  }

  /** Turns parked events whose time is over into expired ones. Answers how many. */
  async expire(): Promise<number> {
    const { store, clock, limits } = this.#options;
    const expired = await store.steps.expiredParked(clock.now(), limits.batchEvents);
    if (expired.length > 0) await store.steps.expire(expired.map(({ seq }) => seq));
    return expired.length;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#hinted = false;
      const worked = await this.#turn();
      if (!worked && !this.#hinted && !this.#stopping)
        await this.#pause(this.#options.limits.pollMs, { untilHint: true });
    }
  }

  async #turn(): Promise<boolean> {
    try {
      const processed = await this.step();
      if (processed === undefined) return true;
      return (await this.expire()) + processed > 0;
    } catch (error) {
      this.#options.onError(error);
      // Hints do not shorten this wait: with events coming in, a disk that is full would be asked without a break.
      await this.#pause(this.#options.limits.retryMs, { untilHint: false });
      return true;
    }
  }

  /** Waits that long, or for a stop; for a hint too, if wanted. */
  #pause(delayMs: number, { untilHint }: { readonly untilHint: boolean }): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(delayMs, resolve);
      this.#wake = () => {
        if (!untilHint && !this.#stopping) return;
        cancel();
        resolve();
      };
      if (this.#stopping) this.#wake();
    });
  }

  async #currentConfiguration(): Promise<Configuration> {
    const { store, compiler, onError } = this.#options;
    if (this.#configuration?.version !== (await store.config.version())) {
      this.#configuration = await loadConfiguration(store.config, compiler, this.#compiled, onError);
    }
    return this.#configuration as Configuration;
  }

  /** The first of the events, as many as release no more than one commit may hold. */
  async #withinBounds(events: readonly LoggedEvent[]): Promise<readonly LoggedEvent[]> {
    const { store, limits } = this.#options;
    const released = new Set<Seq>();
    let bytes = 0;
    for (const [index, logged] of events.entries()) {
      if (!mayRelease(logged.event)) continue;
      const waiting = await store.ledger.waiting(logged.pipelineId, keysOf([logged]));
      const more = waiting.filter((seq) => !released.has(seq));
      if (more.length === 0) continue;
      bytes += await store.log.bytesOf(more);
      for (const seq of more) released.add(seq);
      const isTooMuch = released.size > limits.releasedEvents || bytes > limits.bytes;
      if (isTooMuch && index > 0) return events.slice(0, index);
    }
    return events;
  }

  async #compute(
    from: Seq,
    through: Seq,
    events: readonly LoggedEvent[],
    configuration: Configuration,
  ): Promise<Step> {
    const { store, clock, limits, onError } = this.#options;
    const decisions: Decisions = { verdicts: [], jobs: [], addresses: [] };
    const books = new Map<string, PersonBook>();
    const erasedThrough = new Map<string, LedgerSnapshot['erasedThrough']>();
    const erased: Seq[] = [];
    const parkedEvents = new Map<Seq, LoggedEvent>(events.map((logged) => [logged.seq, logged]));
    for (const [pipelineId, own] of groupByPipeline(events)) {
      const releasing = keysOf(own.filter(({ event }) => mayRelease(event)));
      const snapshot = await store.ledger.load(pipelineId, keysOf(own), emailsOf(own), releasing);
      const waiting = releasing.flatMap((key) => snapshot.parked.get(key) ?? []).map(({ seq }) => seq);
      for (const logged of waiting.length === 0 ? [] : await store.log.readMany(waiting))
        parkedEvents.set(logged.seq, logged);
      books.set(pipelineId, new PersonBook(pipelineId, snapshot));
      erasedThrough.set(pipelineId, snapshot.erasedThrough);
    }
    const nowMs = clock.now();
    for (const logged of events) {
      const rules = configuration.pipeline(logged.pipelineId);
      const book = books.get(logged.pipelineId);
      if (isErased(logged, erasedThrough.get(logged.pipelineId))) {
        erased.push(logged.seq);
        for (const { id } of rules?.integrationsAt(logged.seq) ?? [])
          decisions.verdicts.push({ seq: logged.seq, integrationId: id, state: 'filtered', code: 'ERASED' });
        continue;
      }
      if (rules === undefined || book === undefined) continue;
      const context = { rules, book, parkedEvents, nowMs, parkMs: limits.parkMs, onError };
      decideEvent(logged, context, decisions);
    }
    return {
      from,
      through,
      configVersion: configuration.version,
      ...decisions,
      ...collected([...books.values()]),
      withdrawals: [...books].flatMap(([pipelineId, book]) =>
        withdrawalsOf(book, configuration.pipeline(pipelineId)?.current() ?? [], nowMs),
      ),
      erased,
    };
  }
}

function collected(books: readonly PersonBook[]): {
  links: LinkWrite[];
  decisions: DecisionWrite[];
  park: ParkWrite[];
  unpark: Seq[];
} {
  const unpark = books.flatMap((book) => book.unpark);
  const released = new Set(unpark);
  return {
    links: books.flatMap((book) => book.links),
    decisions: books.flatMap((book) => book.decisions),
    park: books.flatMap((book) => book.park).filter(({ seq }) => !released.has(seq)),
    unpark,
  };
}

function groupByPipeline(events: readonly LoggedEvent[]): Map<string, LoggedEvent[]> {
  const groups = new Map<string, LoggedEvent[]>();
  for (const logged of events) {
    const group = groups.get(logged.pipelineId);
    if (group === undefined) groups.set(logged.pipelineId, [logged]);
    else group.push(logged);
  }
  return groups;
}

function keysOf(events: readonly LoggedEvent[]): VisitorKey[] {
  return [...new Set(events.flatMap(({ event }) => [...visitorKeys(event), ...aliasedKeys(event)]))];
}

function emailsOf(events: readonly LoggedEvent[]): Email[] {
  return [...new Set(events.flatMap(({ event }) => mentionedEmails(event)))];
}
