/** Forgetting a person. It must not know which database it is. */
import type { JsonObject } from '../../event/json.ts';
import type { JobId } from './queue.ts';

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
