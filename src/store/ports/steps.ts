/** What processing makes of the log, a stretch of it a commit. It must not know which database it is. */
import type { ConsentDecision } from '../../event/consent.ts';
import type { Email } from '../../event/email.ts';
import type { JsonObject } from '../../event/json.ts';
import type { OutcomeCode } from '../../event/outcome.ts';
import type { Seq } from './event-log.ts';
import type { ConsentSubject, Link, ParkedEvent, VisitorKey } from './ledger.ts';
import type { NewJob } from './queue.ts';

/** Event × integration. `dropped`: no rule wants it. */
export type VerdictState = 'dropped' | 'filtered' | 'skipped' | 'invalid' | 'parked' | 'expired' | 'mapped';

export interface Verdict {
  readonly seq: Seq;
  /** The pipeline integration, `pi_…`. */
  readonly integrationId: string;
  readonly state: VerdictState;
  readonly code?: OutcomeCode;
  /** The rules that matched and the reasons in words; shown to people. */
  readonly detail?: JsonObject;
  readonly revisionId?: string;
}

export interface LinkWrite {
  readonly pipelineId: string;
  readonly key: VisitorKey;
  readonly link: Link;
}

/** What one event taught of one id's consent, by category. */
export interface DecisionWrite {
  readonly pipelineId: string;
  readonly subject: ConsentSubject;
  readonly decisions: Readonly<Record<string, ConsentDecision>>;
  readonly seq: Seq;
}

export interface ParkWrite extends ParkedEvent {
  readonly pipelineId: string;
}

/** A person's consent is gone for an integration: what waits for them there is filtered (CONSENT_WITHDRAWN). */
export interface Withdrawal {
  readonly integrationId: string;
  readonly email: Email;
  readonly nowMs: number;
}

/** Everything that processing a stretch of the log changes. One commit. */
export interface Step {
  /** The cursor that this step was computed from; a step from a stale cursor changes nothing. */
  readonly from: Seq;
  readonly through: Seq;
  /** In order: later ones win. A link is a visitor key's newest. */
  readonly links: readonly LinkWrite[];
  /** Kept only where newer than what is kept (refusal wins a tie). */
  readonly decisions: readonly DecisionWrite[];
  /** Upserts per (event, integration): releasing a parked event replaces its verdict. */
  readonly verdicts: readonly Verdict[];
  readonly park: readonly ParkWrite[];
  readonly unpark: readonly Seq[];
  /** In the order that they are to leave; the store gives increasing ids in this order. One that exists already is left. */
  readonly jobs: readonly NewJob[];
  /** The address of an event's person, as known when it was processed; by default that of its first job. */
  readonly addresses?: readonly { readonly seq: Seq; readonly email: string }[];
  /** Applied after the jobs are added, so that the step's own jobs are among those that are filtered. */
  readonly withdrawals?: readonly Withdrawal[];
  /** Events of people who were erased after these were received: their bodies are emptied in the same commit. */
  readonly erased?: readonly Seq[];
  /** The configuration that this step was computed with: when it is not the present one, the step changes nothing. */
  readonly configVersion?: number;
}

export interface Steps {
  cursor(): Promise<Seq>;
  /** False when `from` is not the cursor any more, or `configVersion` not the present one: nothing was changed. */
  commit(step: Step): Promise<boolean>;
  /** Parked events whose time is over, oldest first. */
  expiredParked(nowMs: number, limit: number): Promise<readonly ParkWrite[]>;
  /** Removes them from parking and turns their `parked` verdicts into `expired` (NO_EMAIL), in one commit. */
  expire(seqs: readonly Seq[]): Promise<void>;
}
