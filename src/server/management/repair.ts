/** Sends deliveries again, discards them, and tells why they failed. It must not know HTTP. */
import { parseEmail } from '../../event/email.ts';
import { Failure } from '../../event/failure.ts';
import type { OutcomeCode } from '../../event/outcome.ts';
import type {
  FoundJob,
  JobSelection,
  RepairState,
  Replay,
  ReplayMapping,
} from '../../store/ports/replays.ts';
import { jobIdOf } from './activity-views.ts';
import { validationFailed } from './http/body.ts';
import type { Ports } from './ports.ts';
import { iso } from './views.ts';

/** Deliveries by id, or all that fit a filter, as clients name them. */
export interface SelectionRequest {
  readonly ids?: readonly string[];
  readonly filter?: {
    /** One or several states with commas between them. */
    readonly status?: string;
    readonly integration_id?: string;
    readonly action?: string;
    readonly code?: string;
    readonly email?: string;
    readonly since?: string | number;
  };
}

export interface Estimate {
  readonly count: number;
  readonly oldestAtMs?: number;
  /** With one request each, and the busiest account's limit. */
  readonly secondsAtAccountLimit: number;
}

export interface Reason {
  readonly state: RepairState;
  readonly code: OutcomeCode;
  readonly count: number;
  readonly newestAtMs: number;
}

/** Jobs looked at before others get their turn. */
const PIECE = 1_000;
export const REPLAYABLE: readonly RepairState[] = ['held', 'dead'];
export const CANCELLABLE: readonly RepairState[] = ['waiting', 'held'];

/** Throws VALIDATION_FAILED unless exactly one of ids and filter is there, and everything in it is meant. */
export function selectionOf(request: SelectionRequest, allowed: readonly RepairState[]): JobSelection {
  const { ids, filter } = request;
  if ((ids === undefined) === (filter === undefined))
    throw validationFailed([{ path: 'ids', message: 'or filter is required, and only one of them' }]);
  if (ids !== undefined) {
    const jobs = ids.map(jobIdOf);
    const wrong = jobs.flatMap((job, index) =>
      job === undefined ? [{ path: `ids.${index}`, message: 'must be the id of a delivery, dlv_…' }] : [],
    );
    if (wrong.length > 0) throw validationFailed(wrong);
    return { ids: jobs.flatMap((job) => job ?? []), states: allowed };
  }
  const { status, integration_id, action, code, email, since } = filter ?? {};
  const sinceMs = typeof since === 'string' ? Date.parse(since) : since;
  if (sinceMs !== undefined && Number.isNaN(sinceMs))
    throw validationFailed([{ path: 'filter.since', message: 'must be a time in ISO 8601' }]);
  return {
    states: status === undefined ? allowed : statesIn(status, allowed),
    ...(integration_id === undefined ? {} : { integrationId: integration_id }),
    ...(action === undefined ? {} : { action }),
    ...(code === undefined ? {} : { code }),
    ...(email === undefined ? {} : { email: parseEmail(email) ?? email }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}

function statesIn(status: string, allowed: readonly RepairState[]): readonly RepairState[] {
  return status.split(',').map((word) => {
    const state = allowed.find((one) => one === word.trim());
    if (state !== undefined) return state;
    const message = `must be one or several of ${allowed.join(', ')}`;
    throw validationFailed([{ path: 'filter.status', message }]);
  });
}

export async function estimate(ports: Ports, selection: JobSelection): Promise<Estimate> {
  let count = 0;
  let oldestAtMs: number | undefined;
  const byLane = new Map<string, number>();
  for await (const { lane, enqueuedAtMs } of everyJob(ports, selection)) {
    count += 1;
    oldestAtMs = Math.min(oldestAtMs ?? enqueuedAtMs, enqueuedAtMs);
    byLane.set(lane, (byLane.get(lane) ?? 0) + 1);
  }
  const most = Math.max(0, ...byLane.values());
  return {
    count,
    secondsAtAccountLimit: Math.ceil(most / ports.service().requestsPerSecond),
    ...(oldestAtMs === undefined ? {} : { oldestAtMs }),
  };
}

/** Starts a replay. Throws CONFLICT while another one runs. */
export async function startReplay(
  ports: Ports,
  selection: JobSelection,
  mapping: ReplayMapping,
): Promise<Replay> {
  const { count } = await estimate(ports, selection);
  const id = `rpl_${ports.random.id().replaceAll('-', '')}`;
  return ports.store.replays.create({ id, mapping, selection, total: count, createdAtMs: ports.clock.now() });
}

export async function findReplay(ports: Ports, id: string): Promise<Replay> {
  const found = await ports.store.replays.get(id);
  if (found === undefined) throw new Failure('NOT_FOUND', `There is no replay "${id}".`);
  return found;
}

/** Ends a running replay; one that has ended stays as it is. */
export async function cancelReplay(ports: Ports, id: string): Promise<void> {
  await findReplay(ports, id);
  await ports.store.replays.cancel(id, ports.clock.now());
}

/** Cancels what waits or is held. Answers how many. */
export async function cancelDeliveries(ports: Ports, selection: JobSelection): Promise<number> {
  let cancelled = 0;
  let piece: number[] = [];
  const flush = async (): Promise<void> => {
    cancelled += await ports.store.queue.cancel(piece, ports.clock.now());
    piece = [];
  };
  for await (const { id } of everyJob(ports, selection)) {
    piece.push(id);
    if (piece.length === PIECE) await flush();
  }
  await flush();
  return cancelled;
}

/** What failed, by reason, the most frequent first. */
export async function reasons(ports: Ports, selection: JobSelection): Promise<readonly Reason[]> {
  const found = new Map<string, Reason>();
  for await (const { state, code, changedAtMs } of everyJob(ports, selection)) {
    if (code === undefined) continue;
    const before = found.get(`${state} ${code}`);
    found.set(`${state} ${code}`, {
      state,
      code,
      count: (before?.count ?? 0) + 1,
      newestAtMs: Math.max(before?.newestAtMs ?? 0, changedAtMs),
    });
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}

async function* everyJob({ store }: Ports, selection: JobSelection): AsyncGenerator<FoundJob> {
  let after: number | undefined = 0;
  while (after !== undefined) {
    const { found, next }: Awaited<ReturnType<typeof store.replays.survey>> = await store.replays.survey(
      selection,
      after,
      PIECE,
    );
    yield* found;
    after = next;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

export function replayView(replay: Replay) {
  const { id, state, mapping, total, done, skipped, createdAtMs, finishedAtMs, message } = replay;
  return {
    id,
    state,
    mapping,
    total,
    done,
    skipped,
    created_at: iso(createdAtMs),
    ...(finishedAtMs === undefined ? {} : { finished_at: iso(finishedAtMs) }),
    ...(message === undefined ? {} : { message }),
  };
}
