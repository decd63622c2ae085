/** The REST API as a whole: key, limit, then the operation. It must not know what the operations do. */
import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { type Answer, type Call, emptyAnswer, headerOf, jsonAnswer, textAnswer } from '../http/exchange.ts';
import { Router } from '../http/router.ts';
import { parseJson } from '../json.ts';
import { type Limits, retryAfter } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { LOGIN_PAGE } from '../vendor-pages.ts';
import type { Run } from './operation.ts';
import { apiRoutes } from './routes.ts';

export const API_PATH = '/api/3';
export const API_KEY = 'sandbox-key';

/** Sent with every answer of the real API (recorded), besides what its content delivery network adds. */
const ALWAYS = {
  'cache-control': 'no-store, no-cache, must-revalidate',
  expires: 'Thu, 19 Nov 1981 08:52:00 GMT',
  pragma: 'no-cache',
};

export class Api {
  readonly #context: Context;
  readonly #limits: Limits;
  readonly #router: Router<Run>;

  constructor(context: Context, limits: Limits) {
    this.#context = context;
    this.#limits = limits;
    this.#router = new Router<Run>(apiRoutes(limits));
  }

  answer(call: Call): Answer {
    const settings = this.#context.settings();
    if (headerOf(call, 'api-token') !== API_KEY) return unauthorised(settings);
    const { isAllowed, left } = this.#limits.takeCall(settings, this.#context.now());
    const headers = {
      ...ALWAYS,
      'x-request-id': randomUUID(),
      ...(settings.rate_limit_headers ? rateHeaders(settings, left) : {}),
    };
    const answer = isAllowed ? this.#perform(call) : overLimit(settings);
    return { ...answer, headers: { ...headers, ...answer.headers } };
  }

  #perform(call: Call): Answer {
    const found = this.#router.find(call.method, call.path.slice(API_PATH.length));
    if (!found)
      return jsonAnswer(404, {
        message: `The simulated account has no operation ${call.method} ${call.path}`,
      });
    const parsed = call.body === '' ? { value: undefined } : parseJson(call.body);
    if (!parsed) return jsonAnswer(400, { message: 'Bad Request' });
    return found.route.run(this.#context, {
      parameters: found.parameters,
      query: call.query,
      body: parsed.value,
      bodyBytes: Buffer.byteLength(call.body),
    });
  }
}

function unauthorised(settings: Settings): Answer {
  switch (settings.auth_failure) {
    case '403_empty':
      return emptyAnswer(403);
    case '403_message':
      return jsonAnswer(403, { message: 'Forbidden' });
    case '200_html':
      return textAnswer(200, 'text/html; charset=UTF-8', LOGIN_PAGE);
    case '401':
      return jsonAnswer(401, { message: 'Unauthorized' });
    default:
      return settings.auth_failure satisfies never;
  }
}

function overLimit(settings: Settings): Answer {
  const status = Number(settings.rate_limit_status);
  const headers = retryAfter(settings);
  switch (settings.rate_limit_body) {
    case 'empty':
      return emptyAnswer(status, headers);
    case 'json':
      return jsonAnswer(status, { message: 'Too Many Requests' }, headers);
    case 'html':
      return textAnswer(
        status,
        'text/html; charset=UTF-8',
        '<html><body><h1>429 Too Many Requests</h1></body></html>',
        headers,
      );
    default:
      return settings.rate_limit_body satisfies never;
  }
}

function rateHeaders(settings: Settings, left: number): { readonly [name: string]: string } {
  return { 'ratelimit-limit': String(settings.rate_limit_per_second), 'ratelimit-remaining': String(left) };
}
