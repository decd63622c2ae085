/** Which jobs may leave now. Pure but for the reader it asks; it must not know tables, leases or times other than now. */
import type { JobId, TakeOptions } from '../../ports/queue.ts';
import { contactsOf, type QueueRow } from './lines.ts';

/**
 * What choosing reads. Every call costs at most `limit` rows or entries of an index for each action that has some, or two
 * index look-ups. Jobs whose action must not leave now are not among those that are ready or due.
 */
export interface LineReader {
  /** The ids of first jobs of their lines that wait for nothing, in order. */
  ready(stream: number, after: JobId, limit: number): readonly JobId[];
  /** First jobs of their lines whose hold ended by `nowMs`, the longest ended first. */
  due(stream: number, nowMs: number, limit: number): readonly QueueRow[];
  next(stream: number, contact: string, after: JobId): JobId | undefined;
  row(stream: number, id: JobId): QueueRow | undefined;
}

export interface Choice {
  /** In job order. */
  readonly rows: readonly QueueRow[];
  /** Where the next look at each stream begins, when this one ended at its bound; absent: at the front. */
  readonly resumeAfter: ReadonlyMap<number, JobId>;
}

/** Candidates fetched from the database at once. */
const CHUNK = 64;

/**
 * Streams take turns, each giving its lowest eligible job, until enough are chosen. Looks at no more than `jobs` plus
 * `scanLimit` candidates: those that are busy or behind another stream's job of the same contact are passed over, and
 * when there are very many of these the next call begins behind them, so that every contact is reached in the end.
 */
export function choose(
  reader: LineReader,
  streams: readonly number[],
  options: TakeOptions,
  scanLimit: number,
  resumeAfter: ReadonlyMap<number, JobId>,
): Choice {
  const chosen = new Chosen(reader, streams, options);
  const budget = { left: options.jobs + scanLimit };
  const sources = streams.map((stream) => new Source(reader, stream, options, resumeAfter.get(stream) ?? 0));
  takeTurns(sources, chosen, budget);
  const resume = new Map<number, JobId>();
  for (const source of sources) {
    if (budget.left <= 0 && source.lastLooked > 0) resume.set(source.stream, source.lastLooked);
  }
  // A job that was passed over because of another stream's may follow it now that this one is chosen.
  let before = -1;
  while (streams.length > 1 && budget.left > 0 && !chosen.isFull && chosen.rows.length > before) {
    before = chosen.rows.length;
    for (const source of sources) source.lookAgain();
    takeTurns(sources, chosen, budget);
  }
  return { rows: chosen.rows.sort((a, b) => a.id - b.id), resumeAfter: resume };
}

function takeTurns(sources: readonly Source[], chosen: Chosen, budget: { left: number }): void {
  let turn = sources;
  while (turn.length > 0) {
    turn = turn.filter((source) => !chosen.isFull && giveOne(source, chosen, budget));
  }
}

/** Chooses the source's next eligible job; false when it has none or the bound is reached. */
function giveOne(source: Source, chosen: Chosen, budget: { left: number }): boolean {
  while (budget.left > 0) {
    const row = source.take();
    if (row === undefined) return false;
    budget.left -= 1;
    if (chosen.has(row) || chosen.isBusy(row) || chosen.isWithheld(row)) continue;
    if (chosen.isNext(row)) {
      chosen.add(row);
      for (const contact of contactsOf(row)) source.follow(contact, row.id);
      return true;
    }
    source.passOver(row);
  }
  return false;
}

/** The jobs chosen so far, and where each contact's line continues behind them. */
class Chosen {
  readonly rows: QueueRow[] = [];
  readonly #reader: LineReader;
  readonly #streams: readonly number[];
  readonly #options: TakeOptions;
  readonly #ids = new Set<JobId>();
  /** The last chosen job per stream and contact. */
  readonly #through = new Map<string, JobId>();

  constructor(reader: LineReader, streams: readonly number[], options: TakeOptions) {
    this.#reader = reader;
    this.#streams = streams;
    this.#options = options;
  }

  get isFull(): boolean {
    return this.rows.length >= this.#options.jobs;
  }

  has(row: QueueRow): boolean {
    return this.#ids.has(row.id);
  }

  /** Its action must not leave now; it came up behind a chosen one. */
  isWithheld({ action }: QueueRow): boolean {
    return this.#options.without?.has(action) === true;
  }

  isBusy(row: QueueRow): boolean {
    return contactsOf(row).some((contact) => this.#options.busy.has(contact));
  }

  /**
   * True when no job before it, of any active stream, stands unchosen in a line of one of its contacts. One that is
   * marked as the front has nobody before it in its own stream.
   */
  isNext(row: QueueRow): boolean {
    const others = row.front === 1 ? this.#streams.filter((stream) => stream !== row.stream) : this.#streams;
    return contactsOf(row).every((contact) =>
      others.every((stream) => {
        const first = this.#reader.next(stream, contact, this.#through.get(place(stream, contact)) ?? 0);
        return first === undefined || first >= row.id;
      }),
    );
  }

  add(row: QueueRow): void {
    this.rows.push(row);
    this.#ids.add(row.id);
    for (const contact of contactsOf(row)) this.#through.set(place(row.stream, contact), row.id);
  }
}

/** First jobs whose hold is over and whose contacts are free, in job order: the longest waiting ones when there are many. */
function endedHolds(reader: LineReader, stream: number, options: TakeOptions): QueueRow[] {
  const { nowMs, jobs, busy } = options;
  const most = Math.min(options.retries ?? jobs, jobs);
  if (most === 0) return [];
  return reader
    .due(stream, nowMs, most + busy.size)
    .filter((row) => !contactsOf(row).some((contact) => busy.has(contact)))
    .slice(0, most)
    .sort((a, b) => a.id - b.id);
}

function place(stream: number, contact: string): string {
  return `${stream} ${contact}`;
}

/** One stream's candidates in job order: ready ones, those whose hold ended, and the followers of chosen ones. */
class Source {
  readonly stream: number;
  /** The last ready job that was looked at. */
  lastLooked = 0;
  readonly #reader: LineReader;
  readonly #options: TakeOptions;
  /** Ended holds and followers, in job order. */
  #others: QueueRow[];
  #passedOver: QueueRow[] = [];
  #ready: readonly JobId[] = [];
  #at = 0;
  #peeked: QueueRow | undefined;
  #after: JobId;
  #isReadyOver = false;

  constructor(reader: LineReader, stream: number, options: TakeOptions, after: JobId) {
    this.#reader = reader;
    this.stream = stream;
    this.#options = options;
    this.#after = after;
    this.#others = endedHolds(reader, stream, options);
  }

  take(): QueueRow | undefined {
    const ready = this.#peekReady();
    const other = this.#others[0];
    if (other !== undefined && (ready === undefined || other.id < ready.id)) return this.#others.shift();
    if (ready === undefined) return undefined;
    this.#peeked = undefined;
    this.lastLooked = ready.id;
    return ready;
  }

  passOver(row: QueueRow): void {
    this.#passedOver.push(row);
  }

  /** Makes those that were passed over candidates again. */
  lookAgain(): void {
    for (const row of this.#passedOver) this.#insert(row);
    this.#passedOver = [];
  }

  /** The job behind a chosen one is a candidate when it waits for nothing itself. */
  follow(contact: string, id: JobId): void {
    const nextId = this.#reader.next(this.stream, contact, id);
    const row = nextId === undefined ? undefined : this.#reader.row(this.stream, nextId);
    if (row === undefined || row.state !== 'waiting' || row.until_ms > this.#options.nowMs) return;
    this.#insert(row);
  }

  #insert(row: QueueRow): void {
    if (this.#others.some((other) => other.id === row.id)) return;
    const at = this.#others.findIndex((other) => other.id > row.id);
    this.#others.splice(at === -1 ? this.#others.length : at, 0, row);
  }

  #peekReady(): QueueRow | undefined {
    const id = this.#peeked === undefined ? this.#nextReady() : undefined;
    if (id !== undefined) this.#peeked = this.#reader.row(this.stream, id);
    return this.#peeked;
  }

  #nextReady(): JobId | undefined {
    const { jobs, leaving } = this.#options;
    for (;;) {
      if (this.#at >= this.#ready.length) {
        if (this.#isReadyOver) return undefined;
        const limit = leaving === undefined ? Math.min(CHUNK, jobs) : CHUNK;
        this.#ready = this.#reader.ready(this.stream, this.#after, limit);
        this.#at = 0;
        this.#after = this.#ready.at(-1) ?? this.#after;
        this.#isReadyOver = this.#ready.length === 0;
      }
      const id = this.#ready[this.#at];
      this.#at += 1;
      if (id !== undefined && leaving?.has(id) !== true) return id;
    }
  }
}
