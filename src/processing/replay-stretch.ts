/** Computes the next stretch of a replay, of jobs or of events, within bounds. It commits nothing, and must not know the database or any vendor. */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import type { JsonObject, JsonValue } from '../event/json.ts';
import { ERASE_ACTION } from '../store/ports/erasure.ts';
import type { LoggedEvent, Seq } from '../store/ports/event-log.ts';
import type { NewJob } from '../store/ports/queue.ts';
import {
  type EventSelection,
  type FoundEvent,
  type FoundJob,
  isOfEvents,
  type JobSelection,
  type MadeJob,
  type Replay,
  type ReplayMapping,
  type ReplayStep,
} from '../store/ports/replays.ts';
import type { Store } from '../store/store.ts';
import {
  type CompiledRevision,
  type Configuration,
  loadConfiguration,
  type RevisionCompiler,
} from './configuration.ts';
import { type MappedAnew, mapAnew } from './map-anew.ts';

export interface StretchOptions {
  readonly store: Pick<Store, 'replays' | 'log' | 'ledger' | 'config'>;
  readonly compiler: RevisionCompiler;
  /** Revisions that were compiled before; added to. */
  readonly compiled: Map<string, CompiledRevision>;
  readonly clock: Clock;
  readonly limits: {
    /** Jobs, or events, that one stretch looks at. */
    readonly stepJobs: number;
    /** Payloads, or bodies of events, that one stretch loads; a single one may be more. */
    readonly bytes: number;
  };
  /** Told of revisions that do not compile, and of events that cannot be mapped by a mistake of ours. */
  readonly onError: (error: unknown) => void;
}

export interface Stretch {
  /** To be committed; absent where nothing was looked at. */
  readonly step?: ReplayStep;
  /** Nothing is left behind it. */
  readonly isLast: boolean;
}

export function nextStretch(replay: Replay, options: StretchOptions): Promise<Stretch> {
  const { selection } = replay;
  return isOfEvents(selection)
    ? stretchOfEvents(replay, selection, options)
    : stretchOfJobs(replay, selection, options);
}

async function stretchOfJobs(
  replay: Replay,
  selection: JobSelection,
  options: StretchOptions,
): Promise<Stretch> {
  const { store, limits } = options;
  const { position, through, mapping } = replay;
  const survey = await store.replays.survey(selection, position, limits.stepJobs, through);
  const { found, next } = await withinBytes(survey, options, {
    place: ({ id }) => id,
    payload: (job) => (isKept(job, mapping) ? job.bytes : undefined),
  });
  if (found.length === 0 && next === undefined) return { isLast: true };
  const kept = found.filter((job) => isKept(job, mapping)).map(({ id }) => id);
  const anew = found.filter((job) => !isKept(job, mapping));
  const step = stepOf(replay, next, options);
  if (anew.length === 0) return { step: { ...step, repeated: kept }, isLast: next === undefined };
  const mapper = await mapperFor(replay, anew, options);
  const remapped: { readonly job: FoundJob['id']; readonly jobs: readonly NewJob[] }[] = [];
  for (const job of anew) {
    const { mapped, made } = await mapper.map(job);
    // Its own place is to be taken; what else was made of the event has its own fate.
    const places = placesOf(mapped?.jobs ?? [], made);
    const isOthers = (one: NewJob): boolean => places.has(one) && places.get(one)?.id !== job.id;
    const jobs = mapped?.jobs.filter((one) => !isOthers(one)) ?? [];
    if (jobs.length > 0) remapped.push({ job: job.id, jobs });
  }
  const skipped = anew.length - remapped.length;
  const { configVersion } = mapper;
  return { step: { ...step, repeated: kept, remapped, skipped, configVersion }, isLast: next === undefined };
}

async function stretchOfEvents(
  replay: Replay,
  selection: EventSelection,
  options: StretchOptions,
): Promise<Stretch> {
  const { store, limits } = options;
  const { position, through } = replay;
  const survey = await store.replays.surveyEvents(selection, position, limits.stepJobs, through);
  const { found, next } = await withinBytes(survey, options, {
    place: ({ seq }) => seq,
    payload: () => undefined,
  });
  const step = stepOf(replay, next, options);
  if (found.length === 0) return next === undefined ? { isLast: true } : { step, isLast: false };
  const mapper = await mapperFor(replay, found, options);
  const events: ReplayStep['events'][number][] = [];
  for (const one of found) {
    const { mapped, made } = await mapper.map(one);
    if (mapped === undefined) continue;
    const { verdict, email } = mapped;
    const places = placesOf(mapped.jobs, made);
    const jobs = mapped.jobs.filter((job) => !places.has(job));
    if (jobs.length > 0) events.push({ verdict, jobs, ...(email === undefined ? {} : { email }) });
  }
  const sent = new Set(events.map(({ verdict }) => verdict.seq));
  const skipped = new Set(found.map(({ seq }) => seq)).size - sent.size;
  const { configVersion } = mapper;
  return { step: { ...step, events, skipped, configVersion }, isLast: next === undefined };
}

/**
 * Of the jobs that a mapping makes today those that were made before, with what was made: each counts for one, so that
 * nothing is sent twice. A rule is known by its place among the event's rules, which changes when others are added or
 * removed, and what it makes changes with it. So of one action what is alike belongs together, else what was made at the
 * same place, else whatever is left.
 */
function placesOf(jobs: readonly NewJob[], made: readonly MadeJob[]): ReadonlyMap<NewJob, MadeJob> {
  const places = new Map<NewJob, MadeJob>();
  const left = new Set(made);
  const belong: readonly ((job: NewJob, one: MadeJob) => boolean)[] = [
    areAlike,
    (job, { rule }) => job.rule === rule,
    () => true,
  ];
  for (const fits of belong) {
    for (const job of jobs) {
      if (places.has(job)) continue;
      const one = [...left].find((other) => other.action === job.action && fits(job, other));
      if (one === undefined) continue;
      places.set(job, one);
      left.delete(one);
    }
  }
  return places;
}

/** But for what is the person's and not the event's, and may be another today: consent and addresses. */
function areAlike(job: NewJob, made: MadeJob): boolean {
  return isDeepStrictEqual(impersonal(job), impersonal(made));
}

function impersonal({ payload, contacts }: Pick<NewJob, 'payload' | 'contacts'>): JsonObject {
  const isTheirs = (name: string, value: JsonValue | undefined): boolean =>
    name === 'consent' || contacts.some((contact) => contact === value);
  return Object.fromEntries(Object.entries(payload).filter(([name, value]) => !isTheirs(name, value)));
}

function stepOf({ id, position, through }: Replay, next: number | undefined, { clock }: StretchOptions) {
  const empty = { repeated: [], remapped: [], events: [], skipped: 0 };
  return { id, from: position, to: next ?? through, ...empty, nowMs: clock.now() };
}

interface Sizing<Found> {
  /** Where the replay stands once this was done. */
  readonly place: (one: Found) => number;
  /** Bytes of what is loaded for it; undefined when that is its event. */
  readonly payload: (one: Found) => number | undefined;
}

/** The first of what was found, as much as one stretch may load. What stands at one place stays together. */
async function withinBytes<Found extends { readonly seq: Seq }>(
  survey: { readonly found: readonly Found[]; readonly next?: number },
  { store, limits }: StretchOptions,
  { place, payload }: Sizing<Found>,
): Promise<{ readonly found: readonly Found[]; readonly next?: number }> {
  const counted = new Set<Seq>();
  let bytes = 0;
  for (const [index, one] of survey.found.entries()) {
    const ofPayload = payload(one);
    if (ofPayload !== undefined) bytes += ofPayload;
    else if (!counted.has(one.seq)) bytes += await store.log.bytesOf([one.seq]);
    counted.add(one.seq);
    const before = survey.found[index - 1];
    if (bytes > limits.bytes && before !== undefined && place(before) !== place(one))
      return { found: survey.found.slice(0, index), next: place(before) };
  }
  return survey;
}

/** Maps events anew with one and the same configuration. */
interface Mapper {
  readonly configVersion: number;
  /** `made`: what was made of the event before. */
  map(one: Pick<FoundEvent, 'seq' | 'integrationId'>): Promise<{
    readonly mapped: MappedAnew | undefined;
    readonly made: readonly MadeJob[];
  }>;
}

async function mapperFor(
  replay: Replay,
  found: readonly { readonly seq: Seq }[],
  { store, compiler, compiled, clock, onError }: StretchOptions,
): Promise<Mapper> {
  const configuration: Configuration = await loadConfiguration(store.config, compiler, compiled, onError);
  const events = await store.log.readMany([...new Set(found.map(({ seq }) => seq))]);
  const bySeq = new Map<Seq, LoggedEvent>(events.map((logged) => [logged.seq, logged]));
  return {
    configVersion: configuration.version,
    async map({ seq, integrationId }) {
      const made = await store.replays.madeOf(integrationId, seq);
      const logged = bySeq.get(seq);
      const rules = logged === undefined ? undefined : configuration.pipeline(logged.pipelineId);
      const integration = rules?.current().find(({ id }) => id === integrationId);
      if (logged === undefined || rules === undefined || integration === undefined)
        return { mapped: undefined, made };
      const context = { rules, ledger: store.ledger, replayId: replay.id, nowMs: clock.now(), onError };
      return { mapped: await mapAnew(logged, integration, context), made };
    },
  };
}

/** It goes again with the payload that it had; all others are mapped anew from their event. */
function isKept({ action }: FoundJob, mapping: ReplayMapping): boolean {
  return mapping === 'as_mapped' || action === ERASE_ACTION;
}
