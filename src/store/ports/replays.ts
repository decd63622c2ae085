/** Choosing jobs and events, and sending them again. It must not know which database it is. */
import type { JsonObject } from '../../event/json.ts';
import type { OutcomeCode } from '../../event/outcome.ts';
import type { Seq } from './event-log.ts';
import type { JobId, NewJob } from './queue.ts';
import type { Page } from './reads.ts';
import type { Verdict, VerdictState } from './steps.ts';

/** What is chosen. All given members must fit. */
interface Choice {
  /** The pipeline integration, `pi_…`. */
  readonly integrationId?: string;
  /** Of a job; of an event's verdict, or of a rule that was not sent. */
  readonly code?: string;
  readonly email?: string;
  /** Queued, or received, from then on. */
  readonly sinceMs?: number;
}

/** Jobs that somebody may want to send again or to discard. */
export interface JobSelection extends Choice {
  readonly ids?: readonly JobId[];
  readonly states: readonly RepairState[];
  readonly action?: string;
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
  /** Of its payload. */
  readonly bytes: number;
}

export interface Survey {
  /** Oldest first. */
  readonly found: readonly FoundJob[];
  /** Where the next look begins; absent when everything was looked at. */
  readonly next?: JobId;
}

/** Events of which less was sent than could be. */
export interface EventSelection extends Choice {
  readonly of: 'events';
  readonly ids?: readonly Seq[];
  readonly states: readonly MissedState[];
  /** Of a track event. */
  readonly event?: string;
}

/** A replay is of jobs or of events. */
export function isOfEvents(selection: JobSelection | EventSelection): selection is EventSelection {
  return 'of' in selection;
}

/** `mapped`: those of which a rule was refused, or lacked a setting of the integration. */
export type MissedState = Extract<VerdictState, 'invalid' | 'mapped' | 'skipped' | 'expired' | 'dropped'>;

/** Event × integration. */
export interface FoundEvent {
  readonly seq: Seq;
  /** Where its integration sends; absent where it never sent anything. */
  readonly lane?: string;
  readonly integrationId: string;
  readonly state: MissedState;
  readonly receivedAtMs: number;
}

export interface EventSurvey {
  /** Oldest first; an event with all of its integrations, or not at all. */
  readonly found: readonly FoundEvent[];
  /** Where the next look begins; absent when everything was looked at. */
  readonly next?: Seq;
}

export interface MadeJob {
  readonly id: JobId;
  readonly rule: string;
  readonly action: string;
  readonly payload: JsonObject;
  readonly contacts: NewJob['contacts'];
}

export type ReplayState = 'running' | 'done' | 'cancelled' | 'failed';

/** `as_mapped`: the payload as it was. `current`: the event is mapped anew with today's blueprint. */
export type ReplayMapping = 'as_mapped' | 'current';

export interface NewReplay {
  readonly id: string;
  /** Of events always `current`. */
  readonly mapping: ReplayMapping;
  readonly selection: JobSelection | EventSelection;
  /** How many fitted when it was asked for. */
  readonly total: number;
  readonly createdAtMs: number;
}

export interface Replay extends NewReplay {
  readonly state: ReplayState;
  readonly done: number;
  /** Passed over: changed meanwhile, or today's blueprint, consent or configuration gives nothing to send. */
  readonly skipped: number;
  /** Every job, or event, up to here was looked at. */
  readonly position: JobId | Seq;
  /** The newest job, or processed event, when the replay was asked for; later ones are none of its business. */
  readonly through: JobId | Seq;
  readonly finishedAtMs?: number;
  readonly message?: string;
}

export interface RemappedEvent {
  readonly verdict: Verdict;
  readonly jobs: readonly NewJob[];
  /** Of the event's person, as known now. */
  readonly email?: string;
}

/** A stretch of a replay. One commit. */
export interface ReplayStep {
  readonly id: string;
  /** The position that the step was computed from; from a stale one nothing changes. */
  readonly from: JobId | Seq;
  readonly to: JobId | Seq;
  /** Jobs to be put back with their own payload. */
  readonly repeated: readonly JobId[];
  /** Jobs whose event was mapped anew, with what takes their place. */
  readonly remapped: readonly { readonly job: JobId; readonly jobs: readonly NewJob[] }[];
  /**
   * Events that were mapped anew, with the verdict that takes the former one's place and what is sent now. An event that
   * is here for several integrations counts once; one of somebody who was erased meanwhile is passed over.
   */
  readonly events: readonly RemappedEvent[];
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
  /** As `survey`, of events. None of somebody who was erased. */
  surveyEvents(selection: EventSelection, after: Seq, limit: number, through?: Seq): Promise<EventSurvey>;
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
  /** The jobs that were made of this event for this integration, but for those that others took the place of. */
  madeOf(integrationId: string, seq: Seq): Promise<readonly MadeJob[]>;
  /** A hint that a replay was created. */
  onCreate(hint: () => void): () => void;
}
