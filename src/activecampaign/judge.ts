/** What every answer of ActiveCampaign means, as one table of rules in order. It must not know who acts on it. */
import type { Exchange } from '../destination/definition.ts';
import { pauseUntilMs } from '../destination/retry-after.ts';
import { isObject, own } from '../event/json.ts';
import type { Outcome } from '../event/outcome.ts';

/** An exchange with what every rule asks of it, worked out once. */
interface Answer extends Exchange {
  readonly status: number;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
  readonly isEmpty: boolean;
  /** The body is a whole web page, the work of another program than the one that answers requests in JSON. */
  readonly isPage: boolean;
  /** Below `/api/3`, e.g. `/contact/sync`; undefined for the tracking endpoint. */
  readonly apiPath: string | undefined;
}

interface Rule {
  readonly when: (answer: Answer) => boolean;
  readonly outcome: (answer: Answer) => Outcome;
}

/** The first rule that fits decides. Sources: activecampaign-core §1.4, §1.6, §1.7, §3, §4.1. */
const RULES: readonly Rule[] = [
  {
    when: ({ status }) => status === 429,
    outcome: (answer) => pause(answer, 'RATE_LIMITED', 'ActiveCampaign’s request limit was reached.'),
  },
  {
    when: ({ status }) => status === 503,
    outcome: (answer) => pause(answer, 'VENDOR_BUSY', 'ActiveCampaign is overloaded.'),
  },
  {
    when: isImportLimit,
    outcome: (answer) =>
      pause(answer, 'RATE_LIMITED', 'ActiveCampaign’s limit of imports a minute was reached.', IMPORT_WAIT),
  },
  {
    when: ({ status }) => status === 401,
    outcome: () => credentialsRefused('ActiveCampaign refuses the API key.'),
  },
  {
    when: ({ status }) => status === 402,
    outcome: () =>
      stopAccount(
        'ACCOUNT_UNPAID',
        'ActiveCampaign says that the account is not paid or its plan is not active.',
      ),
  },
  {
    when: ({ status }) => status < 200,
    outcome: (answer) => unsure(answer, 'UNEXPECTED_RESPONSE', 'ActiveCampaign gave no final answer.'),
  },
  {
    when: ({ status }) => status >= 300 && status < 400,
    outcome: () =>
      stopAccount('WRONG_HOST', 'The API URL answers with a redirect; it is not the account’s address.'),
  },
  { when: ({ status }) => status === 403, outcome: judgeForbidden },
  {
    when: ({ status }) => status === 404,
    outcome: ({ json }) =>
      rejected('NOT_FOUND', 'What the request names does not exist in ActiveCampaign', json),
  },
  {
    when: ({ status }) => status === 408,
    outcome: (answer) => unsure(answer, 'TIMED_OUT', 'ActiveCampaign did not answer in time.'),
  },
  {
    when: ({ status }) => status === 423 || status === 425,
    outcome: ({ status }) => retry('VENDOR_BUSY', `ActiveCampaign answered ${status}: not now.`),
  },
  {
    when: ({ status }) => status >= 400 && status < 500,
    outcome: ({ json }) => rejected('REJECTED', 'ActiveCampaign refused the request as invalid', json),
  },
  {
    when: ({ status }) => status === 501,
    outcome: () => rejected('REJECTED', 'ActiveCampaign does not know this kind of request', undefined),
  },
  {
    when: ({ status }) => status >= 500,
    outcome: (answer) => unsure(answer, 'SERVER_ERROR', `ActiveCampaign answered ${answer.status}.`),
  },
  { when: ({ isPage }) => isPage, outcome: judgePage },
  {
    // A wrong account ID or key is told so, with a text that only one user has ever reported (§4.1); contacts go on.
    when: (answer) =>
      answer.apiPath === undefined && own(answer.json, 'success') !== undefined && hasFailureFlag(answer),
    outcome: ({ json }) =>
      rejected(
        'REJECTED',
        'ActiveCampaign’s tracking endpoint refused the event: check the Event Tracking Account ID and the Event Tracking Key',
        json,
      ),
  },
  {
    when: hasFailureFlag,
    outcome: ({ json }) => rejected('REJECTED', 'ActiveCampaign answered that it failed', json),
  },
  { when: isConfirmed, outcome: () => ({ kind: 'delivered', code: 'DELIVERED' }) },
  {
    when: () => true,
    outcome: (answer) =>
      unsure(
        answer,
        'UNEXPECTED_RESPONSE',
        'ActiveCampaign answered with something that is not a confirmation.',
      ),
  },
];

export function judge(exchange: Exchange): Outcome {
  const answer = read(exchange);
  const rule = RULES.find(({ when }) => when(answer));
  if (rule === undefined) throw new TypeError('The last rule fits every answer.');
  return heedRetryAfter(rule.outcome(answer), answer);
}

/** Whoever says when to come back is not asked before, whatever the status: the network in front says it too. */
function heedRetryAfter(outcome: Outcome, { status, response, atMs }: Answer): Outcome {
  if (response.headers['retry-after'] === undefined || status < 400) return outcome;
  const untilMs = pauseUntilMs(response.headers, atMs);
  if (outcome.kind === 'retry') return { ...outcome, kind: 'pause', scope: 'account', untilMs };
  return outcome.kind === 'unknown' ? { ...outcome, pauseUntilMs: untilMs } : outcome;
}

function read(exchange: Exchange): Answer {
  const { status, body } = exchange.response;
  const text = body.trim();
  const json = parse(text);
  return {
    ...exchange,
    status,
    json,
    isEmpty: text === '',
    isPage: PAGE.test(text),
    apiPath: /\/api\/3(\/[^?#]*)/.exec(exchange.request.url)?.[1],
  };
}

/** What a page begins with. Anything else in HTML (a warning before the answer, no body at all) may come from a request that was carried out. */
const PAGE = /^<(?:!doctype\s+html|html)[\s>]/i;

function parse(text: string): unknown {
  if (!/^[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The import's limit is told by a 400 whose documented `message` is this; no other mark tells it from a refused batch. */
const IMPORT_LIMIT_MESSAGE = 'Rate limit exceeded.';
/** The text of that answer asks to come back "in a minute". */
const IMPORT_WAIT = '60';

function isImportLimit({ status, apiPath, json }: Answer): boolean {
  return status === 400 && apiPath === '/import/bulk_import' && own(json, 'message') === IMPORT_LIMIT_MESSAGE;
}

/** Endpoints that answer 403 where the row is missing (or, for automations, cannot be made of what was named). */
const FORBIDDEN_MEANS_MISSING: readonly (readonly [method: string, path: RegExp])[] = [
  ['GET', /^\/fieldValues\/[^/]+$/],
  ['DELETE', /^\/lists\/[^/]+$/],
  ['POST', /^\/contactAutomations$/],
  ['DELETE', /^\/contactAutomations\/[^/]+$/],
  ['PUT', /^\/notes\/[^/]+$/],
  ['DELETE', /^\/notes\/[^/]+$/],
];

/**
 * An empty 403 is what a bad key gets, and now and then a good one: it is retried, and whoever runs this counts them: three
 * in a row, spaced, stop the integration. A 403 that says something is about this request and stops nothing.
 */
function judgeForbidden({ request, json, isEmpty, apiPath }: Answer): Outcome {
  if (isEmpty) return retry('FORBIDDEN_EMPTY', 'ActiveCampaign refused without a word.');
  if (json === undefined) return retry('FORBIDDEN', 'ActiveCampaign’s front refused the request.');
  const isMissing = FORBIDDEN_MEANS_MISSING.some(
    ([method, path]) => method === request.method && path.test(apiPath ?? ''),
  );
  if (isMissing)
    return rejected('NOT_FOUND', 'What the request names does not exist in ActiveCampaign', json);
  return rejected('FORBIDDEN', 'ActiveCampaign refuses this for lack of permission', json);
}

/**
 * A 2xx with a web page. Both endpoints answer what they carried out and what they refuse in JSON (§1.3, §4.1), and one
 * request gets one answer: a login form, a notice or a portal in between stood in for them, so that nothing was done and
 * sending it again harms nobody. The API shows its login page for a bad key (§1.6). Of the tracking endpoint nobody has
 * reported one; it has credentials of its own, so that it stops by itself and contacts go on.
 */
function judgePage({ apiPath }: Answer): Outcome {
  if (apiPath !== undefined)
    return credentialsRefused('ActiveCampaign answered with its login page: the API key is refused.');
  return {
    kind: 'stop',
    scope: 'account',
    endpoint: 'tracking',
    code: 'CREDENTIALS_REFUSED',
    message:
      'ActiveCampaign’s tracking endpoint answered with a web page in place of a confirmation, as a login page is shown to credentials that are refused: check the Event Tracking Account ID and the Event Tracking Key, and whatever stands between this service and the tracking host.',
  };
}

/** Failure told in the body of a 2xx: `success`/`Success`/`succeeded`/`result_code` that is 0 or false. */
function hasFailureFlag({ json }: Answer): boolean {
  return ['success', 'Success', 'succeeded', 'result_code'].some((key) =>
    [0, '0', false].some((no) => own(json, key) === no),
  );
}

function isConfirmed({ json, expect }: Answer): boolean {
  if (!isObject(json)) return false;
  if (expect === undefined) return true;
  const found = expect.split('.').reduce<unknown>((at, key) => own(at, key), json);
  return found !== undefined && found !== null && found !== '';
}

function pause(
  { response, atMs }: Answer,
  code: 'RATE_LIMITED' | 'VENDOR_BUSY',
  message: string,
  fallback = '',
): Outcome {
  return {
    kind: 'pause',
    scope: 'account',
    untilMs: pauseUntilMs({ 'retry-after': fallback, ...response.headers }, atMs),
    code,
    message,
  };
}

function credentialsRefused(message: string): Outcome {
  return { kind: 'stop', scope: 'integration', code: 'CREDENTIALS_REFUSED', message };
}

function stopAccount(code: 'ACCOUNT_UNPAID' | 'WRONG_HOST', message: string): Outcome {
  return { kind: 'stop', scope: 'account', code, message };
}

function retry(code: 'VENDOR_BUSY' | 'FORBIDDEN' | 'FORBIDDEN_EMPTY', message: string): Outcome {
  return { kind: 'retry', code, message };
}

function unsure(
  { repeatable }: Answer,
  code: 'TIMED_OUT' | 'SERVER_ERROR' | 'UNEXPECTED_RESPONSE',
  message: string,
): Outcome {
  return { kind: repeatable ? 'retry' : 'unknown', code, message };
}

function rejected(code: 'NOT_FOUND' | 'FORBIDDEN' | 'REJECTED', message: string, json: unknown): Outcome {
  const codes = errorCodes(json);
  return {
    kind: 'rejected',
    code,
    message: codes.length === 0 ? `${message}.` : `${message} (${codes.join(', ')}).`,
  };
}

/** The codes of the answer's errors with the attribute each points to. Only words of a fixed form: texts may quote the payload. */
export function errorCodes(json: unknown): readonly string[] {
  const errors = own(json, 'errors');
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error) => {
    const code = own(error, 'code');
    if (typeof code !== 'string' || !/^[a-z_]{1,40}$/.test(code)) return [];
    const pointer = own(own(error, 'source'), 'pointer');
    const attribute =
      typeof pointer === 'string' ? /^\/data\/attributes\/([a-zA-Z_,]{1,40})/.exec(pointer)?.[1] : undefined;
    return [attribute === undefined ? code : `${code}: ${attribute}`];
  });
}
