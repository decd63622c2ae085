/** One dispatch = one attempt: runs an action over payloads and says what became of each. It never retries and must not know any vendor. */
import { type Clock, systemClock } from '../clock.ts';
import type { Outcome } from '../event/outcome.ts';
import { type Cache, createCache } from './cache.ts';
import type { CompiledAction, CompiledDestination } from './compile.ts';
import type {
  AsyncBatchResponse,
  AuthTokens,
  DispatchContext,
  ExecuteInput,
  Payload,
  Settings,
} from './definition.ts';
import { HTTPError, IntegrationError, OutcomeError, PayloadValidationError } from './errors.ts';
import { outcomeOfStatus } from './judge-by-status.ts';
import { isErrorEntry, type MultiStatusEntry, MultiStatusResponse } from './multi-status.ts';
import { outcomeOfTransport } from './outcome-of-transport.ts';
import {
  type ClientResponse,
  createRequestClient,
  type DepartingRequest,
  type ExchangeRecord,
  type RequestClient,
} from './request-client.ts';
import { type Transport, TransportError } from './transport.ts';

export interface DispatchEnvironment {
  readonly destination: CompiledDestination;
  readonly settings: Settings;
  readonly transport: Transport;
  readonly clock?: Clock;
  /** Holds what the vendor confirmed: whoever comes to own an account begins with a new one, since others may have written meanwhile. */
  readonly cache?: Cache;
  readonly allowedOrigins?: readonly string[];
  readonly trackingUrl?: string;
  readonly auth?: AuthTokens;
  /** Awaited right before each request leaves; what it throws ends the dispatch. */
  readonly beforeSend?: (request: DepartingRequest) => Promise<void>;
  readonly onExchange?: (record: ExchangeRecord) => void;
  /** Every answer, whole; for tests. */
  readonly onResponse?: (response: ClientResponse) => void;
  readonly signal?: AbortSignal;
}

export interface DispatchOptions extends DispatchEnvironment {
  readonly action: string;
  /** Payloads that the action's check let through. One is performed singly, several as a batch where the action can. */
  readonly payloads: readonly Payload[];
  /** More of what `perform` is given: mapping, sync mode, raw event … */
  readonly input?: Partial<
    Omit<ExecuteInput, 'settings' | 'payload' | 'context' | 'warn' | 'signal' | 'auth'>
  >;
}

export interface DispatchResult {
  /** One for each payload, in their order; empty for a batch that was handed over (`submitted`). */
  readonly outcomes: readonly Outcome[];
  readonly exchanges: readonly ExchangeRecord[];
  /** What a person should mend although the action went on. */
  readonly warnings: readonly string[];
  /** The batch was taken over by the vendor; `poll` tells what becomes of it. Payloads refused at once are in `refused`, by index. */
  readonly submitted?: { readonly batchId: string; readonly refused: ReadonlyMap<number, Outcome> };
  /** What `perform` returned, of a single payload. */
  readonly result?: unknown;
  /** An exception that nobody expected: our own mistake, for the log. */
  readonly error?: unknown;
  /** Whatever the action threw, expected or not. */
  readonly thrown?: unknown;
}

/** Runs one action. Never throws for what the vendor or the network does, nor for what an action throws. */
export async function dispatch(options: DispatchOptions): Promise<DispatchResult> {
  const action = actionOf(options.destination, options.action);
  const session = openSession(options, action);
  const input = { ...options.input, ...session.input };
  const { definition } = action;
  const done = (rest: Omit<DispatchResult, 'exchanges' | 'warnings'>): DispatchResult => ({
    ...session.seen,
    ...rest,
  });
  try {
    const [only] = options.payloads;
    if ('perform' in definition && options.payloads.length === 1 && only !== undefined) {
      const result = await definition.perform(session.request, { ...input, payload: only });
      return done({ outcomes: [DELIVERED], result });
    }
    if (definition.performBatch !== undefined) {
      const answer = await definition.performBatch(session.request, { ...input, payload: options.payloads });
      return done(readBatch(answer, options.payloads.length));
    }
    throw new TypeError(`Action ${options.action} cannot take ${options.payloads.length} payloads at once.`);
  } catch (error) {
    const outcome = outcomeOfError(error, action.repeatable);
    return done({
      outcomes: options.payloads.map(() => outcome),
      thrown: error,
      ...(isExpected(error) ? {} : { error }),
    });
  }
}

export interface PollOptions extends DispatchEnvironment {
  readonly action: string;
  readonly batchId: string;
  readonly payloads: readonly Payload[];
}

/** `pending`: ask again later. Otherwise one outcome for each payload. */
export interface PollResult {
  readonly pending: boolean;
  readonly outcomes: readonly Outcome[];
  readonly exchanges: readonly ExchangeRecord[];
  readonly warnings: readonly string[];
  readonly error?: unknown;
}

/** Asks once what became of a submitted batch. A question that fails leaves it pending, unless the account must pause or stop. */
export async function poll(options: PollOptions): Promise<PollResult> {
  const action = actionOf(options.destination, options.action);
  const session = openSession(options, action);
  const { definition } = action;
  const count = options.payloads.length;
  try {
    if (definition.performPoll === undefined)
      throw new TypeError(`Action ${options.action} has no batches to poll.`);
    const answer = await definition.performPoll(session.request, {
      ...session.input,
      payload: { jobId: options.batchId, uploadCount: count },
      payloads: options.payloads,
    });
    const entries = answer.multiStatusResponse ?? new MultiStatusResponse();
    switch (answer.jobStatus) {
      case 'IN_PROGRESS':
        return { ...session.seen, pending: true, outcomes: [] };
      case 'SUCCEEDED':
        return { ...session.seen, pending: false, outcomes: outcomesOf(entries, count, DELIVERED) };
      case 'FAILED':
        return { ...session.seen, pending: false, outcomes: outcomesOf(entries, count, BATCH_FAILED) };
      case 'RETRYABLE_ERROR':
        return { ...session.seen, pending: false, outcomes: outcomesOf(entries, count, BATCH_RETRY) };
    }
  } catch (error) {
    const outcome = outcomeOfError(error, true);
    const settles = outcome.kind === 'pause' || outcome.kind === 'stop';
    return {
      ...session.seen,
      pending: true,
      outcomes: settles ? [outcome] : [],
      ...(isExpected(error) ? {} : { error }),
    };
  }
}

const DELIVERED: Outcome = { kind: 'delivered', code: 'DELIVERED' };
const BATCH_FAILED: Outcome = {
  kind: 'rejected',
  code: 'REJECTED',
  message: 'The vendor refused the batch.',
};
const BATCH_RETRY: Outcome = {
  kind: 'retry',
  code: 'SERVER_ERROR',
  message: 'The vendor did not finish the batch.',
};

function actionOf(destination: CompiledDestination, slug: string): CompiledAction {
  const action = Object.hasOwn(destination.actions, slug) ? destination.actions[slug] : undefined;
  if (action === undefined) throw new TypeError(`There is no action ${JSON.stringify(slug)}.`);
  return action;
}

interface Session {
  readonly request: RequestClient;
  readonly input: Pick<ExecuteInput, 'settings' | 'context' | 'warn' | 'signal' | 'auth'>;
  readonly seen: { readonly exchanges: ExchangeRecord[]; readonly warnings: string[] };
}

/** A request client with everything that a call of the destination needs, and what it sees. */
export function openSession(options: DispatchEnvironment, action?: CompiledAction): Session {
  const { destination, settings, transport, clock = systemClock, auth, signal } = options;
  const { definition } = destination;
  const seen = { exchanges: [] as ExchangeRecord[], warnings: [] as string[] };
  const request = createRequestClient({
    transport,
    clock,
    secrets: destination.secretValues(settings),
    defaults: definition.extendRequest?.({ settings, ...(auth === undefined ? {} : { auth }) }) ?? {},
    repeatable: action?.repeatable ?? false,
    budget: action?.budget ?? 'api',
    onExchange: (record) => {
      seen.exchanges.push(record);
      options.onExchange?.(record);
    },
    ...(definition.judge === undefined ? {} : { judge: (exchange) => judged(definition, exchange) }),
    ...(options.beforeSend === undefined ? {} : { beforeSend: options.beforeSend }),
    ...(options.onResponse === undefined ? {} : { onResponse: options.onResponse }),
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    request,
    input: {
      settings,
      context: contextOf(options, clock),
      warn: (message) => void seen.warnings.push(message),
      ...(auth === undefined ? {} : { auth }),
      ...(signal === undefined ? {} : { signal }),
    },
    seen,
  };
}

type Definition = CompiledDestination['definition'];

function judged(definition: Definition, exchange: Parameters<NonNullable<Definition['judge']>>[0]): Outcome {
  const outcome = definition.judge?.(exchange);
  if (outcome === undefined) throw new TypeError('A judge must give an outcome.');
  return outcome;
}

function contextOf(options: DispatchEnvironment, clock: Clock): DispatchContext {
  return {
    clock,
    cache: options.cache ?? createCache(clock),
    allowedOrigins: options.allowedOrigins ?? [],
    ...(options.trackingUrl === undefined ? {} : { trackingUrl: options.trackingUrl }),
  };
}

function readBatch(
  answer: MultiStatusResponse | AsyncBatchResponse,
  count: number,
): Omit<DispatchResult, 'exchanges' | 'warnings'> {
  if (answer instanceof MultiStatusResponse) return { outcomes: outcomesOf(answer, count, NO_RESULT) };
  if (answer.jobId === undefined)
    return { outcomes: outcomesOf(answer.multiStatusResponse, count, outcomeOfStatus(answer.status, true)) };
  const refused = new Map<number, Outcome>();
  for (let index = 0; index < count; index += 1) {
    const entry = answer.multiStatusResponse.getResponseAtIndex(index);
    if (entry !== undefined && isErrorEntry(entry)) refused.set(index, outcomeOfEntry(entry));
  }
  return { outcomes: [], submitted: { batchId: answer.jobId, refused } };
}

const NO_RESULT: Outcome = {
  kind: 'retry',
  code: 'INTERNAL_ERROR',
  message: 'The action gave no result for this payload.',
};

/** One outcome for each payload of a batch; `missing` for those the answer does not name. */
function outcomesOf(answer: MultiStatusResponse, count: number, missing: Outcome): readonly Outcome[] {
  return Array.from({ length: count }, (_, index) => {
    const entry = answer.getResponseAtIndex(index);
    return entry === undefined ? missing : outcomeOfEntry(entry);
  });
}

function outcomeOfEntry(entry: MultiStatusEntry): Outcome {
  if (!isErrorEntry(entry)) return DELIVERED;
  return entry.outcome ?? outcomeOfStatus(entry.status, true);
}

function isExpected(error: unknown): boolean {
  return (
    error instanceof OutcomeError ||
    error instanceof HTTPError ||
    error instanceof IntegrationError ||
    error instanceof TransportError
  );
}

/** What an attempt that ended in this error means. Our own mistakes are tried again: they must not burn payloads silently. */
export function outcomeOfError(error: unknown, repeatable: boolean): Outcome {
  if (error instanceof OutcomeError || error instanceof HTTPError) return error.outcome;
  if (error instanceof TransportError) return outcomeOfTransport(error, repeatable);
  if (error instanceof PayloadValidationError)
    return { kind: 'rejected', code: 'PAYLOAD_INVALID', message: error.message };
  if (error instanceof IntegrationError) return outcomeOfIntegrationError(error);
  return {
    kind: 'retry',
    code: 'INTERNAL_ERROR',
    message: 'The action failed by a mistake of our own; the log has the details.',
  };
}

/** An action that throws a status has decided itself that repeating is right, so that 5xx is a retry here whatever was sent. */
function outcomeOfIntegrationError(error: IntegrationError): Outcome {
  const outcome = outcomeOfStatus(error.status, true);
  if (outcome.kind === 'delivered') return { kind: 'rejected', code: 'REJECTED', message: error.message };
  return { ...outcome, message: error.message };
}
