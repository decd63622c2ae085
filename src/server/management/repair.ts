/** Sends deliveries and events again, discards deliveries, and tells why they failed. It must not know HTTP. */
import { Failure } from '../../event/failure.ts';
import type { OutcomeCode } from '../../event/outcome.ts';
import { seqOfEventId } from '../../store/ports/event-log.ts';
import {
  type EventSelection,
  type FoundEvent,
  type FoundJob,
  isOfEvents,
  type JobSelection,
  type MissedState,
  type RepairState,
  type Replay,
  type ReplayMapping,
} from '../../store/ports/replays.ts';
import { jobIdOf } from './activity-views.ts';
import { type CommonFilter, inStoreWords } from './filters.ts';
import { validationFailed } from './http/body.ts';
import { NO_MOMENT, parseMoment } from './http/query.ts';
import type { Ports } from './ports.ts';
import { iso } from './views.ts';

interface FilterRequest extends Omit<CommonFilter, 'since'> {
  /** One or several states with commas between them. */
  readonly status?: string;
  readonly since?: string | number;
}

/** Deliveries by id, or all that fit a filter, as clients name them. */
export interface SelectionRequest {
  readonly ids?: readonly string[];
  readonly filter?: FilterRequest & { readonly action?: string };
}

/** Events by id, or all that fit a filter, as clients name them. */
export interface EventSelectionRequest {
  readonly ids?: readonly string[];
  readonly filter?: FilterRequest & { readonly event?: string };
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

/** Jobs, or events, looked at before others get their turn. */
const PIECE = 1_000;
export const REPLAYABLE: readonly RepairState[] = ['held', 'dead'];
export const CANCELLABLE: readonly RepairState[] = ['waiting', 'held'];

/** What is replayed of events unless something else is asked for: what was refused, whole or in part. */
const REFUSED: readonly MissedState[] = ['invalid', 'mapped'];
export const MISSED: readonly MissedState[] = [...REFUSED, 'skipped', 'expired', 'dropped'];

/** Throws VALIDATION_FAILED unless exactly one of ids and filter is there, and everything in it is meant. */
export function selectionOf(request: SelectionRequest, allowed: readonly RepairState[]): JobSelection {
  const { ids, filter } = oneOfBoth(request);
  if (ids !== undefined) return { ids: numbers(ids, jobIdOf, 'a delivery, dlv_…'), states: allowed };
  const { status, action, since, ...rest } = filter;
  return {
    states: status === undefined ? allowed : statesIn(status, allowed),
    ...(action === undefined ? {} : { action }),
    ...inStoreWords({ ...rest, ...momentOf(since) }),
  };
}

/** As `selectionOf`, of events. Named by id, an event may be in any state of MISSED. */
export function eventSelectionOf(request: EventSelectionRequest): EventSelection {
  const { ids, filter } = oneOfBoth(request);
  if (ids !== undefined)
    return { of: 'events', ids: numbers(ids, seqOfEventId, 'an event, evt_…'), states: MISSED };
  const { status, event, since, ...rest } = filter;
  return {
    of: 'events',
    states: status === undefined ? REFUSED : statesIn(status, MISSED),
    ...(event === undefined ? {} : { event }),
    ...inStoreWords({ ...rest, ...momentOf(since) }),
  };
}

/** Exactly one of them is there. */
function oneOfBoth<Filter extends object>({
  ids,
  filter,
}: {
  readonly ids?: readonly string[];
  readonly filter?: Filter;
}):
  | { readonly ids: readonly string[]; readonly filter?: never }
  | { readonly ids?: never; readonly filter: Filter } {
  if (ids !== undefined && filter === undefined) return { ids };
  if (filter !== undefined && ids === undefined) return { filter };
  throw validationFailed([{ path: 'ids', message: 'or filter is required, and only one of them' }]);
}

function numbers(
  ids: readonly string[],
  read: (id: string) => number | undefined,
  what: string,
): readonly number[] {
  const found = ids.map(read);
  const wrong = found.flatMap((number, index) =>
    number === undefined ? [{ path: `ids.${index}`, message: `must be the id of ${what}` }] : [],
  );
  if (wrong.length > 0) throw validationFailed(wrong);
  return found.flatMap((number) => number ?? []);
}

function momentOf(since: string | number | undefined): { readonly since?: number } {
  if (since === undefined) return {};
  const ms = typeof since === 'string' ? parseMoment(since) : since;
  if (ms === undefined) throw validationFailed([{ path: 'filter.since', message: NO_MOMENT }]);
  return { since: ms };
}

function statesIn<State extends string>(status: string, allowed: readonly State[]): readonly State[] {
  return status.split(',').map((word) => {
    const state = allowed.find((one) => one === word.trim());
    if (state !== undefined) return state;
    const message = `must be one or several of ${allowed.join(', ')}`;
    throw validationFailed([{ path: 'filter.status', message }]);
  });
}

export async function estimate(ports: Ports, selection: JobSelection | EventSelection): Promise<Estimate> {
  let count = 0;
  let oldestAtMs: number | undefined;
  const byLane = new Map<string, number>();
  const take = (atMs: number, lane: string): void => {
    oldestAtMs = Math.min(oldestAtMs ?? atMs, atMs);
    byLane.set(lane, (byLane.get(lane) ?? 0) + 1);
  };
  if (isOfEvents(selection)) {
    let last: number | undefined;
    for await (const { seq, receivedAtMs, lane, integrationId } of everyEvent(ports, selection)) {
      // One that several integrations have not sent is one event.
      if (seq !== last) count += 1;
      last = seq;
      take(receivedAtMs, lane ?? integrationId);
    }
  } else {
    for await (const { enqueuedAtMs, lane } of everyJob(ports, selection)) {
      count += 1;
      take(enqueuedAtMs, lane);
    }
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
  selection: JobSelection | EventSelection,
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

function everyJob({ store }: Ports, selection: JobSelection): AsyncGenerator<FoundJob> {
  return everyFound((after) => store.replays.survey(selection, after, PIECE));
}

function everyEvent({ store }: Ports, selection: EventSelection): AsyncGenerator<FoundEvent> {
  return everyFound((after) => store.replays.surveyEvents(selection, after, PIECE));
}

/** Others get their turn between two looks. */
async function* everyFound<Found>(
  look: (after: number) => Promise<{ readonly found: readonly Found[]; readonly next?: number }>,
): AsyncGenerator<Found> {
  let after: number | undefined = 0;
  while (after !== undefined) {
    const { found, next }: Awaited<ReturnType<typeof look>> = await look(after);
    yield* found;
    after = next;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

export function replayView(replay: Replay) {
  const { id, state, mapping, selection, total, done, skipped, createdAtMs, finishedAtMs, message } = replay;
  return {
    id,
    state,
    of: isOfEvents(selection) ? 'events' : 'deliveries',
    mapping,
    total,
    done,
    skipped,
    created_at: iso(createdAtMs),
    ...(finishedAtMs === undefined ? {} : { finished_at: iso(finishedAtMs) }),
    ...(message === undefined ? {} : { message }),
  };
}
