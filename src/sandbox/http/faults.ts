/** Faults on request: answers, delays and broken connections in place of what the account would have said. It must not know the account. */
import { isObject, memberOf, wholeOf } from '../json.ts';
import { gatewayProblem, LOGIN_PAGE, OUTAGE_PAGE } from '../vendor-pages.ts';
import type { Answer } from './exchange.ts';

/** What a fault does to a request that it meets. Only `effect: 'answer'` and `drop` keep the account from hearing it. */
export type Effect =
  | { readonly effect: 'answer'; answer(nowMs: number): Answer }
  | { readonly effect: 'drop' }
  | { readonly effect: 'drop_after_write' }
  | { readonly effect: 'delay'; readonly delayMs: number }
  | { readonly effect: 'slow_body'; readonly delayMs: number }
  | { readonly effect: 'empty_body' }
  | { readonly effect: 'truncated_body' };

interface NamedFault {
  readonly title: string;
  readonly effect: Effect;
}

const fixed = (status: number, headers: { readonly [name: string]: string } = {}, body = ''): Effect => ({
  effect: 'answer',
  answer: () => ({ status, headers, body }),
});
const HTML = { 'content-type': 'text/html; charset=UTF-8' };
const JSON_TYPE = { 'content-type': 'application/json' };
const RETRY_AFTER_S = 2;
const SLOW_MS = 5_000;

/** Faults with a name, for people; each is something users of the vendor have met. */
export const NAMED_FAULTS = {
  drop: { title: 'Connection reset before the write', effect: { effect: 'drop' } },
  drop_after_write: { title: 'Connection reset after the write', effect: { effect: 'drop_after_write' } },
  slow: { title: 'Answer after 5 s', effect: { effect: 'delay', delayMs: SLOW_MS } },
  slow_body: { title: 'Body in two halves, 5 s apart', effect: { effect: 'slow_body', delayMs: SLOW_MS } },
  empty_200: { title: '200 with an empty body, after the write', effect: { effect: 'empty_body' } },
  truncated_200: { title: 'Half of the JSON, after the write', effect: { effect: 'truncated_body' } },
  rate_limited: {
    title: '429 with Retry-After',
    effect: fixed(429, { 'retry-after': String(RETRY_AFTER_S) }),
  },
  rate_limited_bare: { title: '429 without Retry-After', effect: fixed(429) },
  unavailable: {
    title: '503 with Retry-After in seconds',
    effect: fixed(503, { 'retry-after': String(RETRY_AFTER_S) }),
  },
  unavailable_until: {
    title: '503 with Retry-After as a date',
    effect: {
      effect: 'answer',
      answer: (nowMs) => ({
        status: 503,
        headers: { 'retry-after': new Date(nowMs + RETRY_AFTER_S * 1000).toUTCString() },
        body: '',
      }),
    },
  },
  server_error: { title: '500', effect: fixed(500) },
  bad_gateway_json: {
    title: '502 of the network in front, JSON',
    effect: {
      effect: 'answer',
      answer: (nowMs) => ({ status: 502, headers: JSON_TYPE, body: gatewayProblem(nowMs) }),
    },
  },
  bad_gateway_html: { title: '502 of the network in front, HTML', effect: fixed(502, HTML, OUTAGE_PAGE) },
  forbidden_empty: { title: '403 without a body', effect: fixed(403) },
  login_page: { title: '200 with the login page', effect: fixed(200, HTML, LOGIN_PAGE) },
  payment_required: { title: '402, the account is not paid', effect: fixed(402) },
  moved: { title: '301 to another host', effect: fixed(301, { location: 'https://moved.sandbox.example/' }) },
} satisfies Record<string, NamedFault>;

export type FaultName = keyof typeof NAMED_FAULTS;

/** As the wire has it. `path` may hold `*` for any text; `times` counts down, without it the rule stays until cleared. */
export interface FaultRule {
  readonly method?: string;
  readonly path?: string;
  readonly times?: number;
  readonly respond:
    | FaultName
    | {
        readonly status: number;
        readonly headers?: { readonly [name: string]: string };
        readonly body?: unknown;
      }
    | { readonly delay_ms: number }
    | { readonly slow_body_ms: number };
}

interface ActiveRule {
  readonly rule: FaultRule;
  readonly effect: Effect;
  left: number;
}

export class Faults {
  #rules: ActiveRule[] = [];

  /** Adds rules after those there are; the first that fits a request is used. */
  add(rules: readonly { readonly rule: FaultRule; readonly effect: Effect }[]): void {
    this.#rules.push(
      ...rules.map(({ rule, effect }) => ({ rule, effect, left: rule.times ?? Number.POSITIVE_INFINITY })),
    );
  }

  clear(): void {
    this.#rules = [];
  }

  /** The rules that are still in force, with what is left of them. */
  get rules(): readonly FaultRule[] {
    return this.#rules.map(({ rule, left }) => (Number.isFinite(left) ? { ...rule, times: left } : rule));
  }

  /** Takes one use of the first rule that fits. */
  meet(method: string, path: string): Effect | undefined {
    const met = this.#rules.find(({ rule }) => fits(rule, method, path));
    if (!met) return undefined;
    met.left -= 1;
    if (met.left <= 0) this.#rules = this.#rules.filter((rule) => rule !== met);
    return met.effect;
  }
}

function fits(rule: FaultRule, method: string, path: string): boolean {
  return (
    (rule.method === undefined || rule.method.toUpperCase() === method) &&
    (rule.path === undefined || matches(rule.path, path))
  );
}

/** Piece by piece from the left, so that no pattern takes more than one pass. */
function matches(pattern: string, path: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === path;
  if (!path.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const piece of rest) {
    const found = path.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return path.length - last.length >= at && path.endsWith(last);
}

export type ParsedFaults =
  | { readonly ok: true; readonly rules: readonly { readonly rule: FaultRule; readonly effect: Effect }[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads `{rules: […]}`; one rule that does not fit refuses them all. */
export function parseFaults(value: unknown): ParsedFaults {
  const sent = memberOf(value, 'rules');
  if (!Array.isArray(sent)) return { ok: false, problems: ['Faults are sent as {"rules": […]}.'] };
  const parsed = sent.map(parseRule);
  const problems = parsed.flatMap((rule, place) =>
    typeof rule === 'string' ? [`rules[${place}]: ${rule}`] : [],
  );
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, rules: parsed.filter((rule) => typeof rule !== 'string') };
}

const RULE_MEMBERS: readonly string[] = ['method', 'path', 'times', 'respond'];

function parseRule(value: unknown): { readonly rule: FaultRule; readonly effect: Effect } | string {
  if (!isObject(value)) return 'a rule is an object';
  const stranger = Object.keys(value).find((name) => !RULE_MEMBERS.includes(name));
  if (stranger !== undefined) return `"${stranger}" is not known; a rule has ${RULE_MEMBERS.join(', ')}`;
  const { method, path, times, respond } = value;
  if (method !== undefined && typeof method !== 'string') return 'method is text';
  if (path !== undefined && typeof path !== 'string') return 'path is text';
  if (times !== undefined && (wholeOf(times) ?? 0) < 1) return 'times is a whole number above 0';
  const read = parseRespond(respond);
  if (typeof read === 'string') return read;
  const count = wholeOf(times);
  const rule: FaultRule = {
    ...(method === undefined ? {} : { method }),
    ...(path === undefined ? {} : { path }),
    ...(count === undefined ? {} : { times: count }),
    respond: read.respond,
  };
  return { rule, effect: read.effect };
}

const RESPONDS = `respond is {status, headers?, body?}, {delay_ms}, {slow_body_ms} or one of ${Object.keys(NAMED_FAULTS).join(', ')}`;

function parseRespond(
  value: unknown,
): { readonly respond: FaultRule['respond']; readonly effect: Effect } | string {
  if (isFaultName(value)) return { respond: value, effect: NAMED_FAULTS[value].effect };
  if (!isObject(value)) return RESPONDS;
  const delay = wholeOf(value['delay_ms']);
  if (delay !== undefined)
    return { respond: { delay_ms: delay }, effect: { effect: 'delay', delayMs: delay } };
  const slow = wholeOf(value['slow_body_ms']);
  if (slow !== undefined)
    return { respond: { slow_body_ms: slow }, effect: { effect: 'slow_body', delayMs: slow } };
  const status = wholeOf(value['status']);
  const headers = headersOf(value['headers']);
  if (status === undefined || status < 200 || status > 599 || headers === undefined) return RESPONDS;
  const body = value['body'];
  return {
    respond: { status, headers, ...(body === undefined ? {} : { body }) },
    effect: answerEffect(status, headers, body),
  };
}

/** Text goes out as it is; anything else goes out as JSON and, unless a header says otherwise, says so. */
function answerEffect(status: number, headers: { readonly [name: string]: string }, body: unknown): Effect {
  if (body === undefined) return fixed(status, headers);
  return typeof body === 'string'
    ? fixed(status, headers, body)
    : fixed(status, { ...JSON_TYPE, ...headers }, JSON.stringify(body));
}

function headersOf(value: unknown): { readonly [name: string]: string } | undefined {
  if (value === undefined) return {};
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).map(([name, text]) => [name.toLowerCase(), String(text)] as const);
  return entries.every(([name, text]) => /^[\w-]+$/.test(name) && !/[\r\n]/.test(text))
    ? Object.fromEntries(entries)
    : undefined;
}

function isFaultName(value: unknown): value is FaultName {
  return typeof value === 'string' && Object.hasOwn(NAMED_FAULTS, value);
}
