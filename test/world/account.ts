/** The vendor's account as the world knows it: what arrived, and every way in which it can fail. It must not share the plug-in's code. */
import {
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from '../../src/destination/transport.ts';
import type { seededRandom, VirtualTime } from './virtual-time.ts';

type Chance = ReturnType<typeof seededRandom>;

export interface Effect {
  /** When the vendor did it. */
  readonly atMs: number;
  readonly kind: 'sync' | 'event';
  readonly email: string;
  /** The number that the world gave the event. */
  readonly n: number;
}

export interface Arrival {
  readonly startedAtMs: number;
  readonly kind: 'sync' | 'event' | 'probe' | 'import' | 'info' | 'other';
  readonly email: string;
}

export const FAULTS = [
  '429',
  '429-bare',
  '503-date',
  '500',
  'reset-before',
  'reset-after',
  'timeout',
  'login-page',
  '403-empty',
  '502-html',
  'empty-200',
  'slow',
] as const;
export type Fault = (typeof FAULTS)[number];

const json = (status: number, body: unknown, headers: Record<string, string> = {}): TransportResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

export class Account {
  readonly effects: Effect[] = [];
  /** Each address that a request named; of an import one for each row. */
  readonly arrivals: Arrival[] = [];
  /** All that came, questions included, by whose limit they count. */
  readonly requests: { readonly startedAtMs: number; readonly budget: 'api' | 'tracking' }[] = [];
  /** Nothing may start before this time: what the last 429 or 503 said, and when it said so. */
  #pausedUntilMs = 0;
  #toldAtMs = 0;
  readonly breaches: string[] = [];
  readonly #batches = new Map<string, 'active' | 'completed' | 'interrupted'>();
  /** Share of requests that meet a fault. */
  faultRate = 0;
  /** Requests that met one and were not answered well. A slow answer is an answer. */
  refused = 0;
  readonly #time: VirtualTime;
  readonly #chance: Chance;

  constructor(time: VirtualTime, chance: Chance) {
    this.#time = time;
    this.#chance = chance;
  }

  /** What a process sends through. One that crashed sends nothing more, and hears nothing of what it sent. */
  transport(isAlive: () => boolean): Transport {
    const silence = new Promise<never>(() => {});
    return {
      send: async (request) => {
        if (!isAlive()) return silence;
        const answer = this.#send(request, isAlive);
        await answer.catch(() => {});
        return isAlive() ? answer : silence;
      },
      close: async () => {},
    };
  }

  async #send(request: TransportRequest, isAlive: () => boolean): Promise<TransportResponse> {
    const now = this.#time.now();
    const call = read(request);
    this.requests.push({ startedAtMs: now, budget: isTracking(request) ? 'tracking' : 'api' });
    for (const email of call.kind === 'import' ? call.rows.map((row) => row.email) : [call.email])
      this.arrivals.push({ startedAtMs: now, kind: call.kind, email });
    if (now < this.#pausedUntilMs)
      this.breaches.push(`${call.kind} at ${now}, though told to wait until ${this.#pausedUntilMs}`);
    const fault = this.#chance.chance(this.faultRate) ? this.#chance.pick(FAULTS) : undefined;
    if (fault !== undefined && fault !== 'slow') this.refused += 1;
    await this.#wait(20 + this.#chance.below(400));
    return this.#answer(request, call, fault, isAlive);
  }

  async #answer(
    request: TransportRequest,
    call: Call,
    fault: Fault | undefined,
    isAlive: () => boolean,
  ): Promise<TransportResponse> {
    switch (fault) {
      case '429':
        return this.#refuse(429, 1 + this.#chance.below(40), isAlive);
      case '429-bare':
        return json(429, {});
      case '503-date': {
        const seconds = 2 + this.#chance.below(20);
        // An HTTP-date has whole seconds.
        const until = Math.ceil((this.#time.now() + seconds * 1000) / 1000) * 1000;
        if (isAlive()) this.#tell(until);
        const headers = {
          date: new Date(this.#time.now()).toUTCString(),
          'retry-after': new Date(until).toUTCString(),
        };
        return { status: 503, headers, body: '' };
      }
      case '500':
        if (this.#chance.chance(0.5)) this.#do(call);
        return json(500, { message: 'oops' });
      case 'reset-before':
        throw new TransportError('before-send', 'CONNECTION', 'reset before the request left');
      case 'reset-after':
        if (this.#chance.chance(0.5)) this.#do(call);
        throw new TransportError('after-send', 'CONNECTION', 'reset after the request left');
      case 'timeout':
        if (this.#chance.chance(0.5)) this.#do(call);
        await this.#wait(request.timeoutMs);
        throw new TransportError('timeout', 'DEADLINE', 'no answer in time');
      case 'login-page':
        return {
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: '<!doctype html><title>Login</title>',
        };
      case '403-empty':
        return { status: 403, headers: {}, body: '' };
      case '502-html':
        if (isAlive()) this.#tell(this.#time.now() + 5_000);
        return {
          status: 502,
          headers: { 'content-type': 'text/html', 'retry-after': '5' },
          body: '<html>Bad gateway</html>',
        };
      case 'empty-200':
        if (this.#chance.chance(0.5)) this.#do(call);
        return { status: 200, headers: {}, body: '' };
      case 'slow': {
        this.#do(call);
        const answer = this.#ok(call);
        await this.#wait(this.#chance.below(8_000));
        return answer;
      }
      case undefined:
        this.#do(call);
        return this.#ok(call);
      default:
        return fault satisfies never;
    }
  }

  #refuse(status: number, seconds: number, isAlive: () => boolean): TransportResponse {
    if (isAlive()) this.#tell(this.#time.now() + seconds * 1000);
    return json(status, {}, { 'retry-after': String(seconds) });
  }

  #tell(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
    this.#toldAtMs = this.#time.now();
  }

  /** A process that ended before it could commit what it was told, `commitMs` ago at most or while the disk failed, cannot pass it on. */
  forgetPause(commitMs: number, diskFailedUntilMs: number): void {
    if (this.#time.now() - this.#toldAtMs < commitMs || this.#toldAtMs < diskFailedUntilMs)
      this.#pausedUntilMs = 0;
  }

  #do(call: Call): void {
    const { kind, email, n } = call;
    if (kind === 'sync' || kind === 'event') this.effects.push({ atMs: this.#time.now(), kind, email, n });
    if (kind === 'import') this.#take(call);
  }

  /** Rows of an import take effect some time later. */
  #take(call: Call): void {
    const batchId = `batch-${this.#batches.size + 1}`;
    this.#batches.set(batchId, 'active');
    this.#time.after(1_000 + this.#chance.below(40_000), () => {
      for (const { email, n } of call.rows) {
        this.effects.push({ atMs: this.#time.now(), kind: 'sync', email, n });
      }
      this.#batches.set(batchId, this.#chance.chance(0.1) ? 'interrupted' : 'completed');
    });
  }

  /** How many imports were taken. */
  get imports(): number {
    return this.#batches.size;
  }

  #ok(call: Call): TransportResponse {
    const batchId = `batch-${this.#batches.size}`;
    if (call.kind === 'import') {
      return json(200, {
        Success: 1,
        queued_contacts: call.rows.length,
        batchId,
        message: 'Contact import queued',
      });
    }
    if (call.kind === 'info') {
      return json(200, { status: this.#batches.get(call.email) ?? 'failed', success: [], failure: [] });
    }
    return ok(call);
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#time.after(delayMs, resolve));
  }
}

interface Call {
  readonly kind: Arrival['kind'];
  readonly email: string;
  readonly n: number;
  /** Of an import. */
  readonly rows: readonly { readonly email: string; readonly n: number }[];
}

/** A contact without a name is only made known; its values stay as they are. */
const number = (name: unknown): number =>
  typeof name === 'string' && name !== '' ? Number(name.replace('n', '')) : Number.NaN;

function isTracking({ url }: TransportRequest): boolean {
  return new URL(url).pathname === '/event';
}

function read(request: TransportRequest): Call {
  const { pathname } = new URL(request.url);
  if (isTracking(request)) {
    const form = new URLSearchParams(request.body);
    const email = JSON.parse(form.get('visit') ?? '{}').email ?? '';
    // A question whether the endpoint is there at all tracks nothing.
    if (email === '') return { kind: 'probe', rows: [], email, n: Number.NaN };
    return { kind: 'event', rows: [], email, n: Number(/\bn=(\d+)/.exec(form.get('eventdata') ?? '')?.[1]) };
  }
  if (pathname.endsWith('/import/bulk_import')) {
    const { contacts } = JSON.parse(request.body ?? '{}');
    const rows = contacts.map((row: Readonly<Record<string, unknown>>) => ({
      email: String(row['email']),
      n: number(row['first_name']),
    }));
    return { kind: 'import', email: '', n: Number.NaN, rows };
  }
  if (pathname.endsWith('/import/info')) {
    const batchId = new URL(request.url).searchParams.get('batchId') ?? '';
    return { kind: 'info', email: batchId, n: Number.NaN, rows: [] };
  }
  if (pathname.endsWith('/contact/sync')) {
    const { contact } = JSON.parse(request.body ?? '{}');
    return { kind: 'sync', rows: [], email: String(contact.email), n: number(contact.firstName) };
  }
  return { kind: pathname.endsWith('/users/me') ? 'probe' : 'other', rows: [], email: '', n: Number.NaN };
}

function ok(call: Call): TransportResponse {
  if (call.kind === 'event') return json(200, { success: 1, message: 'Event spawned' });
  if (call.kind === 'sync') return json(200, { contact: { id: '1', email: call.email } });
  if (call.kind === 'probe')
    return json(200, { user: { id: '1', email: 'owner@example.com', username: 'owner' } });
  return json(200, {});
}
