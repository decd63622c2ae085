/** The paths below `/_sandbox`, for tests and people: look at the account, set it, break it, empty it. It must not speak for the vendor. */
import type { ServerResponse } from 'node:http';
import { type Answer, type Call, headerOf, jsonAnswer } from '../http/exchange.ts';
import { Router } from '../http/router.ts';
import { send } from '../http/server.ts';
import { parseJson } from '../json.ts';

export const CONTROL_PATH = '/_sandbox';

export interface ControlRequest {
  readonly parameters: { readonly [name: string]: string };
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export type ControlRun = (request: ControlRequest) => Answer;
export interface ControlRoute {
  readonly method: string;
  readonly path: string;
  readonly run: ControlRun;
}

export class Control {
  readonly #router: Router<ControlRun>;
  readonly #live: (response: ServerResponse) => void;

  constructor(routes: readonly ControlRoute[], live: (response: ServerResponse) => void) {
    this.#router = new Router(routes);
    this.#live = live;
  }

  /** True where the path was below `/_sandbox` and the response is, or will be, written. */
  handle(call: Call, response: ServerResponse): boolean {
    if (call.path !== CONTROL_PATH && !call.path.startsWith(`${CONTROL_PATH}/`)) return false;
    if (!isLocal(call))
      send(
        response,
        problem(403, 'FOREIGN_ORIGIN', ['The sandbox is steered from its own pages and from programs only.']),
      );
    else if (call.method === 'GET' && call.path === `${CONTROL_PATH}/live`) this.#live(response);
    else send(response, this.#answer(call));
    return true;
  }

  #answer(call: Call): Answer {
    const found = this.#router.find(call.method, call.path);
    if (!found) return problem(404, 'NOT_FOUND', [`There is no ${call.method} ${call.path}.`]);
    const parsed = call.body === '' ? { value: {} } : parseJson(call.body);
    if (!parsed) return problem(400, 'BAD_JSON', ['The body is no JSON.']);
    return found.route.run({ parameters: found.parameters, query: call.query, body: parsed.value });
  }
}

export function problem(status: number, code: string, details: readonly string[]): Answer {
  return jsonAnswer(status, { error: { code, message: details.join(' '), details } });
}

export function done(): Answer {
  return jsonAnswer(200, {});
}

/** A page of another site must not reach the sandbox through a visitor's browser, nor by a name that resolves here. */
function isLocal(call: Call): boolean {
  const host = headerOf(call, 'host') ?? '';
  const isLoopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
  const origin = headerOf(call, 'origin');
  return isLoopback && (origin === undefined || origin === `http://${host}`);
}
