/** Tells an endpoint that fails as a whole from contacts that fail by themselves. It must not know what was sent. */
import type { Clock } from '../clock.ts';
import type { Endpoint, Outcome, OutcomeCode } from '../event/outcome.ts';

/** The share of failures that opens the circuit, if there were so many requests over so many contacts in the window. */
const FAILING_SHARE = 0.7;
const MIN_REQUESTS = 10;
const MIN_CONTACTS = 5;
const WINDOW_MS = 5 * 60_000;
/** The newest requests tell enough; memory stays bounded whatever the pace. */
const MAX_KEPT = 500;

/** What the vendor's side of the line does when it is down. Refusals of a payload are not among them. */
const FAILING: ReadonlySet<OutcomeCode> = new Set([
  'SERVER_ERROR',
  'CONNECTION_FAILED',
  'TIMED_OUT',
  'RESPONSE_LOST',
  'DNS_FAILED',
  'UNEXPECTED_RESPONSE',
]);

interface Note {
  readonly atMs: number;
  readonly contact: string;
  readonly isFailure: boolean;
}

export class Circuit {
  readonly #clock: Clock;
  readonly #endpoint: Endpoint;
  #notes: Note[] = [];

  constructor(clock: Clock, endpoint: Endpoint) {
    this.#clock = clock;
    this.#endpoint = endpoint;
  }

  /** The outcome itself, or the stop of the account's endpoint that it has become. */
  weigh(contact: string, outcome: Outcome): Outcome {
    const atMs = this.#clock.now();
    this.#notes.push({ atMs, contact, isFailure: FAILING.has(outcome.code) });
    this.#notes = this.#notes.filter((note) => atMs - note.atMs <= WINDOW_MS).slice(-MAX_KEPT);
    if (!FAILING.has(outcome.code) || !this.#isFailing()) return outcome;
    const failures = this.#notes.filter(({ isFailure }) => isFailure).length;
    const what = this.#endpoint === 'tracking' ? 'tracked events' : 'requests to the API';
    const message = `${failures} of the last ${this.#notes.length} ${what} failed (lately: ${outcome.code}); it is asked every few seconds until it answers.`;
    this.#notes = [];
    return { kind: 'stop', scope: 'account', endpoint: this.#endpoint, code: 'ACCOUNT_FAILING', message };
  }

  #isFailing(): boolean {
    const failures = this.#notes.filter(({ isFailure }) => isFailure).length;
    const contacts = new Set(this.#notes.map(({ contact }) => contact)).size;
    return (
      this.#notes.length >= MIN_REQUESTS &&
      contacts >= MIN_CONTACTS &&
      failures / this.#notes.length >= FAILING_SHARE
    );
  }
}
