/** What the program asks of its database to send again and to forget. It must not know which database it is. */

import type { JsonObject } from '../event/json.ts';
import type { OutcomeCode } from '../event/outcome.ts';
import type { JobId, NewJob, Page, Seq } from './port.ts';

// ---------------------------------------------------------------- choosing jobs

/** Jobs that somebody may want to send again or to discard. All given members must fit. */
export interface JobSelection {
  readonly ids?: readonly JobId[];
  readonly states: readonly RepairState[];
  /** The pipeline integration, `pi_…`. */
  readonly integrationId?: string;
  readonly action?: string;
  readonly code?: string;
  readonly email?: string;
  /** Queued from then on. */
  readonly sinceMs?: number;
}

export type RepairState = 'waiting' | 'held' | 'dead';

export interface FoundJob {
  readonly id: JobId;
  readonly seq: Seq;
  readonly lane: string;
  readonly integrationId: string;
  readonly rule: string;
  readonly action: string;
  readonly state: RepairState;
  readonly code?: OutcomeCode;
  readonly enqueuedAtMs: number;
  /** When it died; when it was queued for all others. */
  readonly changedAtMs: number;
}

export interface Survey {
  /** Oldest first. */
  readonly found: readonly FoundJob[];
  /** Where the next look begins; absent when everything was looked at. */
  readonly next?: JobId;
}

// ---------------------------------------------------------------- replays

export type ReplayState = 'running' | 'done' | 'cancelled' | 'failed';

/** `as_mapped`: the payload as it was. `current`: the event is mapped anew with today's blueprint. */
export type ReplayMapping = 'as_mapped' | 'current';

export interface NewReplay {
  readonly id: string;
  readonly mapping: ReplayMapping;
  readonly selection: JobSelection;
  /** How many fitted when it was asked for. */
  readonly total: number;
  readonly createdAtMs: number;
}

export interface Replay extends NewReplay {
  readonly state: ReplayState;
  readonly done: number;
  /** Passed over: changed meanwhile, or today's blueprint, consent or configuration gives nothing to send. */
  readonly skipped: number;
  /** Every job up to here was looked at. */
  readonly position: JobId;
  /** The newest job when the replay was asked for; later ones are none of its business. */
  readonly through: JobId;
  readonly finishedAtMs?: number;
  readonly message?: string;
}

/** A stretch of a replay. One commit. */
export interface ReplayStep {
  readonly id: string;
  /** The position that the step was computed from; from a stale one nothing changes. */
  readonly from: JobId;
  readonly to: JobId;
  /** Jobs to be put back with their own payload. */
  readonly repeated: readonly JobId[];
  /** Jobs whose event was mapped anew, with what takes their place. */
  readonly remapped: readonly { readonly job: JobId; readonly jobs: readonly NewJob[] }[];
  readonly skipped: number;
  readonly nowMs: number;
  /** The configuration that the step was computed with; with another one nothing changes. */
  readonly configVersion?: number;
}

export interface Replays {
  /**
   * Looks at no more than `limit` jobs after `after`, up to `through`, oldest first. A dead job that was sent again
   * already is not found any more, nor one whose person was erased.
   */
  survey(selection: JobSelection, after: JobId, limit: number, through?: JobId): Promise<Survey>;
  /** Failure CONFLICT while another replay is running: there is one at a time. */
  create(replay: NewReplay): Promise<Replay>;
  get(id: string): Promise<Replay | undefined>;
  /** Newest first. */
  list(limit: number, cursor?: string): Promise<Page<Replay>>;
  running(): Promise<Replay | undefined>;
  /** False, and nothing changed, when the replay is not running any more or the step is stale. */
  advance(step: ReplayStep): Promise<boolean>;
  finish(
    id: string,
    end: { readonly state: 'done' | 'failed'; readonly message?: string },
    nowMs: number,
  ): Promise<void>;
  /** What was put back stays. False when it was not running. */
  cancel(id: string, nowMs: number): Promise<boolean>;
  /** Of the rules, those that made a job of this event for this integration before. */
  rulesTried(integrationId: string, seq: Seq): Promise<ReadonlySet<string>>;
  /** A hint that a replay was created. */
  onCreate(hint: () => void): () => void;
}

// ---------------------------------------------------------------- erasure

/**
 * The action of a job that asks a vendor to forget a person: the one kind of job that no blueprint makes. Its payload is
 * `{sealed, erasure}`; the address is in no other place and in clear nowhere.
 */
export const ERASE_ACTION = '$erase';

/** Everything that leads to one person, over all pipelines. */
export interface Person {
  readonly emails: readonly string[];
  readonly userIds: readonly string[];
  readonly anonymousIds: readonly string[];
}

export interface ErasureRequest {
  readonly email?: string;
  readonly userId?: string;
  readonly anonymousId?: string;
}

export interface FoundPerson extends Person {
  /** Where deliveries to the person's addresses are known. */
  readonly deliveredTo: readonly { readonly templateId: string; readonly email: string }[];
  /** Pipelines whose ledger knows the person. */
  readonly pipelineIds: readonly string[];
}

/** The vendor's contact of one address, to be deleted. */
export interface Deletion {
  readonly lane: string;
  readonly templateId: string;
  readonly email: string;
  readonly payload: JsonObject;
}

export interface NewErasure {
  readonly id: string;
  readonly person: Person;
  /** The person, sealed, for going on after a crash. */
  readonly sealed: string;
  readonly deletions: readonly Deletion[];
  readonly nowMs: number;
}

export interface ErasureRecord {
  readonly id: string;
  readonly state: 'running' | 'done';
  readonly events: number;
  readonly deliveries: number;
  readonly decisions: number;
  readonly cancelled: number;
  /** The deletions at vendors, as deliveries. */
  readonly deletions: readonly { readonly templateId: string; readonly jobId: JobId }[];
  readonly createdAtMs: number;
  readonly finishedAtMs?: number;
}

export interface Erasure {
  find(request: ErasureRequest): Promise<FoundPerson>;
  /**
   * One commit, after which nothing of the person leaves any more: open jobs are cancelled (ERASED), tombstones (keyed
   * hashes) stop every event received so far, and the deletions stand in line behind what is under way.
   */
  begin(erasure: NewErasure): Promise<ErasureRecord>;
  /** Erases a bounded piece in one commit. True while there is more, or while events received before are not processed. */
  step(id: string, person: Person, nowMs: number): Promise<boolean>;
  /** Forgets who it was, and makes the bytes go: nothing of them is left in the database's files. */
  finish(id: string, nowMs: number): Promise<ErasureRecord>;
  get(id: string): Promise<ErasureRecord | undefined>;
  /** Erasures that a crash interrupted. */
  unfinished(): Promise<readonly { readonly id: string; readonly sealed: string }[]>;
}
