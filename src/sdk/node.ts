/** The datafly client for servers (package export ./node). It must not know what ingestion does with events. */
import { type Calls, createCalls } from './calls.ts';
import { newId } from './id.ts';
import { type Problem, Queue } from './node/queue.ts';
import type { Person } from './person.ts';
import { type Ports, systemPorts } from './ports.ts';
import type { CallOptions, WireEvent } from './wire.ts';

export type { Calls } from './calls.ts';
export type { Problem } from './node/queue.ts';
export type { CallOptions, Categories, Category, Consent, Properties, WireEvent } from './wire.ts';

export interface DataflyOptions {
  /** `dk_live_…` of the pipeline. */
  readonly pipelineKey: string;
  /** Where ingestion is, e.g. `https://data.example.com`. */
  readonly endpoint: string;
  /** Events that make a batch leave before its time. Default 100, at most 500. */
  readonly batchSize?: number;
  /** Milliseconds that an event waits for company. Default 1,000. */
  readonly flushInterval?: number;
  /** Calls wait while more events than this are kept. Default 10,000. */
  readonly maxQueueSize?: number;
  /** Milliseconds for one request. Default 10,000. */
  readonly requestTimeout?: number;
  /** Milliseconds after which a batch that nobody takes is given up. Default 12 hours. */
  readonly retryWindow?: number;
  /** Hears of trouble. Default: one line on stderr. */
  readonly onProblem?: (problem: Problem) => void;
  /** Makes the requests. Default: the global fetch, which keeps connections open. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Naming `userId` or `anonymousId` makes the call speak of that person only: nothing that the client keeps (ids,
 * traits, consent) is added, and nothing of it is changed.
 */
export interface ServerCallOptions extends CallOptions {
  readonly userId?: string;
  readonly anonymousId?: string;
}

type ServerCalls = Calls<Promise<void>, ServerCallOptions>;

/**
 * A client. Each call's promise resolves as soon as there is room for the event (not when it has arrived), so
 * awaiting it is what slows a busy caller down. It keeps one person, as a page does: identify, group and setConsent
 * speak of that person, and later calls carry the ids and the consent. A server with many users names `userId` or
 * `anonymousId` in the options of each call instead.
 */
export interface DataflyClient extends Omit<ServerCalls, 'setConsent'> {
  setConsent(...decision: Parameters<ServerCalls['setConsent']>): Promise<void>;
  /** Resolves when all events so far are in ingestion's log or reported as lost, or when the time is up. */
  flush(options?: { readonly timeoutMs?: number }): Promise<void>;
  /**
   * Sends what is left (default: for at most 30 s) and ends the client. Gives back the events that could not be
   * sent; sending them later is safe, since a messageId counts once.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<{ readonly unsent: readonly WireEvent[] }>;
  /** Resolves at once: a server's client has nothing to wait for. For symmetry with the page. */
  ready(run?: () => void): Promise<void>;
}

const DEFAULTS = {
  batchSize: 100,
  flushInterval: 1_000,
  maxQueueSize: 10_000,
  requestTimeout: 10_000,
  retryWindow: 12 * 3_600_000,
} as const;
const CLOSE_TIMEOUT_MS = 30_000;
const LIBRARY = { name: 'datafly-node', version: '0.1.0' };

function warn(problem: Problem): void {
  console.warn(`datafly: ${problem.code} (${problem.messageIds.length} events): ${problem.message}`);
}

/** Makes a client. `ports` replaces time, chance and network (for tests). */
export function createDatafly(options: DataflyOptions, ports: Partial<Ports> = {}): DataflyClient {
  const { pipelineKey, endpoint, onProblem = warn } = options;
  if (!pipelineKey) throw new TypeError('datafly: pipelineKey is missing; it looks like dk_live_…');
  if (!URL.canParse(endpoint))
    throw new TypeError('datafly: endpoint must be an address, like https://data.example.com');
  const settings = { ...DEFAULTS, ...options };
  const world: Ports = { ...systemPorts, ...(options.fetch && { fetch: options.fetch }), ...ports };
  const queue = new Queue(
    {
      url: new URL('v1/batch', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href,
      pipelineKey,
      batchSize: settings.batchSize,
      flushIntervalMs: settings.flushInterval,
      maxQueueSize: settings.maxQueueSize,
      requestTimeoutMs: settings.requestTimeout,
      retryWindowMs: settings.retryWindow,
      onProblem,
    },
    world,
  );
  const stranger = (): Person => ({ anonymousId: newId() });

  function emit(event: WireEvent): Promise<void> {
    const { messageId } = event;
    try {
      return queue.add({ messageId, text: JSON.stringify(event) });
    } catch {
      return queue.refuse('UNSENDABLE', messageId, 'The event holds a value that JSON has no form for.');
    }
  }

  function callsOf(person: Person): Calls<Promise<void>> {
    let kept = person;
    return createCalls<Promise<void>>({
      now: world.now,
      read: () => kept,
      write(changed) {
        kept = changed;
      },
      stranger,
      context: () => ({ library: LIBRARY }),
      emit,
    });
  }

  const own = callsOf(stranger());

  /** The calls of the person whom the options name, else of the one that the client keeps. */
  function of({ userId, anonymousId }: ServerCallOptions = {}): Calls<Promise<void>> {
    if (userId === undefined && anonymousId === undefined) return own;
    return callsOf({ userId, anonymousId, isHeardOf: true });
  }

  return {
    identify: (userId, traits, call) => of(call).identify(userId, traits, call),
    track: (event, properties, call) => of(call).track(event, properties, call),
    page: (name, properties, call) => of(call).page(name, properties, call),
    group: (groupId, traits, call) => of(call).group(groupId, traits, call),
    alias: (userId, previousId, call) => of(call).alias(userId, previousId, call),
    reset: own.reset,
    setConsent: async (categories, call) => of(call).setConsent(categories, call),
    flush: ({ timeoutMs } = {}) => queue.flush(timeoutMs),
    async close({ timeoutMs = CLOSE_TIMEOUT_MS } = {}) {
      const unsent = await queue.close(timeoutMs);
      return { unsent: unsent.map((text): WireEvent => JSON.parse(text)) };
    },
    async ready(run) {
      run?.();
    },
  };
}

/** The one client of a process that needs only one. */
export interface Datafly extends DataflyClient {
  /** Must come before any other call; again after `close`. */
  init(options: DataflyOptions): void;
}

function createSingleton(): Datafly {
  let client: DataflyClient | undefined;
  const open = (): DataflyClient => {
    if (!client) throw new Error('datafly: call datafly.init({ pipelineKey, endpoint }) first');
    return client;
  };
  return {
    init(options) {
      if (client) throw new Error('datafly: already initialised; await datafly.close() before another init');
      client = createDatafly(options);
    },
    identify: (...call) => open().identify(...call),
    track: (...call) => open().track(...call),
    page: (...call) => open().page(...call),
    group: (...call) => open().group(...call),
    alias: (...call) => open().alias(...call),
    reset: () => open().reset(),
    setConsent: (...call) => open().setConsent(...call),
    flush: (...call) => open().flush(...call),
    async close(...call) {
      if (!client) return { unsent: [] };
      const closing = client;
      client = undefined;
      return closing.close(...call);
    },
    ready: (...call) => open().ready(...call),
  };
}

export const datafly: Datafly = createSingleton();
