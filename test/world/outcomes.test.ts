/** Each fault met by the request that matters of each action: what becomes of the job, at what cost, and that nothing is done twice that must not be. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { type Transport, TransportError } from '../../src/destination/transport.ts';
import { createUndiciTransport } from '../../src/destination/undici-transport.ts';
import { NAMED_FAULTS } from '../../src/sandbox/http/faults.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { START_MS } from '../store/samples.ts';
import { Line } from './line.ts';
import { type Cell, OUTCOMES, outcomesAsMarkdown, type Row, type Trouble } from './outcome-table.ts';
import { settled, VirtualTime } from './virtual-time.ts';

type Action = keyof typeof activecampaign.actions;
type Api = (method: string, path: string, body?: object) => Promise<ReturnType<typeof JSON.parse>>;

/** One action: what it is given, the request that matters, and what has to be there before. */
interface Case {
  /** Besides the address. */
  readonly payload: object | ((email: string) => object);
  readonly method: string;
  readonly path: string;
  /** It reads what there is before it changes anything, so that it sees what is done already. */
  readonly looksFirst?: true;
  /** An action that has to have been delivered before. */
  readonly after?: string;
  readonly prepare?: (api: Api, contact: number) => Promise<unknown>;
}

/** Orders and carts are known by the shop's own ids, which belong to one contact here. */
const order = (email: string): object => ({
  orderId: `o-${email}`,
  customerId: email,
  total: 12.5,
  currency: 'EUR',
  createdAt: '2026-01-31T11:00:00Z',
});
const cart = (email: string): object => ({
  checkoutId: `c-${email}`,
  customerId: email,
  total: 12.5,
  currency: 'EUR',
  abandonedAt: '2026-01-31T11:00:00Z',
});

const CASES: Readonly<Record<string, Case>> = {
  syncContact: { payload: { firstName: 'Ann' }, method: 'POST', path: '/api/3/contact/sync' },
  trackEvent: { payload: { event: 'signup' }, method: 'POST', path: '/event' },
  addTags: { payload: { tags: ['vip'] }, method: 'POST', path: '/api/3/contactTags' },
  removeTags: {
    payload: { tags: ['old'] },
    method: 'DELETE',
    path: '/api/3/contactTags/*',
    looksFirst: true,
    prepare: (api, contact) => api('POST', '/contactTags', { contactTag: { contact, tag: 1 } }),
  },
  setTags: { payload: { tags: ['only'] }, method: 'POST', path: '/api/3/contactTags', looksFirst: true },
  subscribe: { payload: { lists: ['News'] }, method: 'POST', path: '/api/3/contactLists', looksFirst: true },
  unsubscribe: {
    payload: { lists: ['News'] },
    method: 'POST',
    path: '/api/3/contactLists',
    prepare: (api, contact) => api('POST', '/contactLists', { contactList: { contact, list: 1, status: 1 } }),
  },
  resubscribe: {
    payload: { lists: ['News'] },
    method: 'POST',
    path: '/api/3/contactLists',
    looksFirst: true,
    prepare: (api, contact) => api('POST', '/contactLists', { contactList: { contact, list: 1, status: 2 } }),
  },
  addNote: { payload: { note: 'Called.' }, method: 'POST', path: '/api/3/notes' },
  addToAutomation: {
    payload: { automation: 'Welcome' },
    method: 'POST',
    path: '/api/3/contactAutomations',
  },
  removeFromAutomation: {
    payload: { automation: 'Welcome' },
    method: 'DELETE',
    path: '/api/3/contactAutomations/*',
    looksFirst: true,
    prepare: (api, contact) =>
      api('POST', '/contactAutomations', { contactAutomation: { contact, automation: 1 } }),
  },
  setAccount: {
    payload: { name: 'Initech' },
    method: 'POST',
    path: '/api/3/accountContacts',
    looksFirst: true,
  },
  recordOrder: { payload: order, method: 'POST', path: '/api/3/ecomOrders', looksFirst: true },
  recordCart: { payload: cart, method: 'POST', path: '/api/3/ecomOrders', looksFirst: true },
  refundOrder: {
    payload: (email) => ({ orderId: `o-${email}` }),
    method: 'PUT',
    path: '/api/3/ecomOrders/*',
    after: 'recordOrder',
  },
  deleteContact: { payload: {}, method: 'DELETE', path: '/api/3/contacts/*', looksFirst: true },
} satisfies Record<Action, Case>;

/** The way to the sandbox, with the troubles that no server can make, and a word on whether anything is under way. */
class Network implements Transport {
  readonly #inner: Transport;
  readonly #underWay = new Set<Promise<unknown>>();
  #trouble: { readonly kind: string; readonly fits: (method: string, url: string) => boolean } | undefined;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  /** Once, for the next request that fits. */
  meet(kind: string, fits: (method: string, url: string) => boolean): void {
    this.#trouble = { kind, fits };
  }

  async send(request: Parameters<Transport['send']>[0]): ReturnType<Transport['send']> {
    const met = this.#trouble?.fits(request.method, request.url) === true ? this.#trouble.kind : undefined;
    if (met !== undefined) this.#trouble = undefined;
    if (met === 'unknown name') throw new TransportError('dns', 'NAME_UNKNOWN', 'There is no such host.');
    if (met === 'refused') throw new TransportError('connect', 'CONNECTION', 'Nobody listens.');
    const sent = this.#inner.send(met === 'no answer' ? { ...request, timeoutMs: 40 } : request);
    this.#underWay.add(sent);
    return sent.finally(() => this.#underWay.delete(sent));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Resolves when nothing is under way and nobody has anything left to do but to wait. */
  readonly isQuiet = async (): Promise<void> => {
    do {
      await Promise.allSettled(this.#underWay);
      for (let turn = 0; turn < 6; turn += 1) await settled();
    } while (this.#underWay.size > 0);
  };
}

let sandbox: Sandbox;
let network: Network;
let line: Line;
let api: Api;
/** Ends the run of time at the first settled try. */
let tries = 0;

beforeAll(async () => {
  let nowMs = (): number => START_MS;
  sandbox = await startSandbox({ settings: { rate_limit_per_second: 0 }, now: () => nowMs() });
  network = new Network(createUndiciTransport({ allowedOrigins: [sandbox.url] }));
  const time = new VirtualTime(START_MS, network.isQuiet);
  nowMs = () => time.now();
  line = new Line({
    time,
    transport: network,
    apiUrl: sandbox.url,
    allowedOrigins: [sandbox.url],
    trackingUrl: `${sandbox.url}/event`,
    onAttempt: () => {
      tries += 1;
    },
  });
  api = async (method, path, body) => {
    const response = await fetch(`${sandbox.url}/api/3${path}`, {
      method,
      headers: { 'api-token': 'sandbox-key', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  };
  await fetch(`${sandbox.url}/_sandbox/seed`, {
    method: 'POST',
    body: JSON.stringify({ automations: ['Welcome'] }),
  });
  await api('POST', '/tags', { tag: { tag: 'old', tagType: 'contact' } });
  await api('POST', '/lists', {
    list: { name: 'News', stringid: 'news', sender_url: 'https://a.example', sender_reminder: 'You asked.' },
  });
  await line.start();
});
afterAll(async () => {
  await line.close();
  await network.close();
  await sandbox.close();
});

const cellOf = (row: Row, action: string): Cell => {
  if (activecampaign.actions[action]?.repeatable === true) return row.repeatable;
  return action === 'trackEvent' ? (row.events ?? row.once) : row.once;
};

/** It goes on, with no try counted, once what holds it back is over. */
const waits = (holds: Cell['fate']) => ({
  first: { state: 'waiting', attempts: 0, holds },
  end: { state: 'delivered', attempts: 1, requests: 2 },
});

/** The failed try and the whole road, as the table's cell has them. */
const EXPECTED: Readonly<Record<Cell['fate'], { first: object; end: object }>> = {
  arrives: {
    first: { state: 'delivered', attempts: 1, holds: 'nothing' },
    end: { state: 'delivered', attempts: 1, requests: 1 },
  },
  again: {
    first: { state: 'waiting', attempts: 1, holds: 'nothing' },
    end: { state: 'delivered', attempts: 2, requests: 2 },
  },
  held: {
    first: { state: 'held', attempts: 1, holds: 'nothing' },
    end: { state: 'held', attempts: 1, requests: 1 },
  },
  'account pauses': waits('account pauses'),
  'integration stops': waits('integration stops'),
  'events stop': waits('events stop'),
  'account stops': waits('account stops'),
};

const newest = async () => (await line.store.reads.deliveries({}, 1)).data[0];

/** What keeps others of the account from leaving, and until when. */
async function holdsNow(): Promise<string> {
  const status = await line.store.queue.status(line.lane, line.time.now());
  const [stop] = status.stops;
  if (stop !== undefined) return stop.endpoint === 'tracking' ? 'events stop' : 'account stops';
  if (status.notBeforeMs > line.time.now()) return 'account pauses';
  return (await line.store.queue.stopsOfTemplates()).size > 0 ? 'integration stops' : 'nothing';
}

/** `pattern` as fault rules have it, with at most one `*`, at its end. */
const fitsPath = (pattern: string, path: string): boolean => {
  const [start = '', end] = pattern.split('*');
  return end === undefined ? path === pattern : path.startsWith(start) && path.length > start.length;
};

async function meet(trouble: Trouble, { method, path }: Case): Promise<void> {
  sandbox.clearFaults();
  if ('sandbox' in trouble) {
    sandbox.faults([{ method, path, times: 1, respond: trouble.sandbox }]);
    return;
  }
  network.meet(trouble.network, (sent, url) => sent === method && fitsPath(path, new URL(url).pathname));
  if (trouble.network === 'no answer')
    sandbox.faults([{ method, path, times: 1, respond: { delay_ms: 10_000 } }]);
}

function enqueue(action: string, email: string): Promise<void> {
  const payload = CASES[action]?.payload ?? {};
  const own = typeof payload === 'function' ? payload(email) : payload;
  return line.enqueue([{ action, payload: { email, ...own }, contacts: [email] }]);
}

async function run(action: string, row: Row): Promise<{ first: object; end: object; done: number }> {
  const { time } = line;
  const one = CASES[action];
  if (one === undefined) throw new TypeError(`No case for ${action}.`);
  // Five minutes later the circuit has forgotten the failures of the case before.
  await time.runUntil(time.now() + 301_000);
  const sinceMs = time.now();
  const email = `c${sinceMs}@example.com`;
  if (one.prepare !== undefined || action === 'deleteContact') {
    const { contact } = await api('POST', '/contact/sync', { contact: { email } });
    await one.prepare?.(api, Number(contact.id));
  }
  if (one.after !== undefined) {
    await enqueue(one.after, email);
    await time.runUntil(time.now() + 10_000);
  }
  const before = sandbox.requests().at(-1)?.seq ?? 0;
  await meet(row.trouble, one);
  tries = 0;
  await enqueue(action, email);
  await time.runUntil(time.now() + 60_000, () => tries > 0);
  const tried = await newest();
  const first = {
    state: tried?.state,
    code: tried?.code,
    attempts: tried?.attempts,
    holds: await holdsNow(),
  };
  await time.runUntil(time.now() + 120_000);
  const ended = await newest();
  const sent = sandbox
    .requests()
    .filter(({ seq, method, path }) => seq > before && method === one.method && fitsPath(one.path, path))
    // A question whether the endpoint answers carries nothing, and does nothing.
    .filter(({ path, body }) => path !== '/event' || body !== null);
  const neverSent = 'network' in row.trouble && row.trouble.network !== 'no answer' ? 1 : 0;
  const requests = sent.length + neverSent;
  return {
    first,
    end: { state: ended?.state, attempts: ended?.attempts, requests },
    done: sent.filter(({ fault }) => fault !== 'answer' && fault !== 'drop').length,
  };
}

describe('every fault', () => {
  for (const row of OUTCOMES) {
    it(`${row.says}: as documented for each action`, async () => {
      for (const action of Object.keys(CASES)) {
        const { fate, code } = cellOf(row, action);
        const { first, end, done } = await run(action, row);
        const where = `${action}: ${row.says}`;
        expect.soft(first, where).toEqual({ ...EXPECTED[fate].first, code });
        const isOver = row.isDone === true && CASES[action]?.looksFirst === true;
        expect.soft(end, where).toEqual({ ...EXPECTED[fate].end, ...(isOver ? { requests: 1 } : {}) });
        if (activecampaign.actions[action]?.repeatable !== true)
          expect.soft(done, `${where}: done`).toBeLessThanOrEqual(1);
      }
      expect(line.errors).toEqual([]);
    });
  }
});

describe('the table', () => {
  it('has every fault that the simulated account can show, the slow ones with less patience', () => {
    const shown = OUTCOMES.flatMap(({ trouble }) => ('sandbox' in trouble ? [trouble.sandbox] : []));
    const names = Object.keys(NAMED_FAULTS).filter((name) => !name.startsWith('slow'));
    expect(shown.filter((fault) => typeof fault === 'string').sort()).toEqual(names.sort());
    expect(shown).toEqual(
      expect.arrayContaining([{ delay_ms: expect.any(Number) }, { slow_body_ms: expect.any(Number) }]),
    );
  });

  it('has every action', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(activecampaign.actions).sort());
  });

  it('is the one that users read', () => {
    const page = readFileSync(new URL('../../docs/outcomes.md', import.meta.url), 'utf8');
    expect(page).toContain(outcomesAsMarkdown());
  });
});
