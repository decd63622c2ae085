/**
 * Answers POSTs of events on node's own request and response: the framework's road to a handler and back costs as much
 * as everything that is done with an event. It must not know the paths.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, answerOf, corsHeaders, JSON_TYPE, type Report } from './answers.ts';
import type { BodyReader } from './bodies.ts';
import type { Expectation, Reception } from './reception.ts';

export interface EventHandlerDeps {
  readonly reception: Reception;
  readonly bodies: BodyReader;
  readonly corsOrigins: readonly string[];
  readonly report: Report;
}

/** `query`: the members of the URL's query; left out where it has none. Always answers, and closes nothing itself. */
export type EventHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  expected: Expectation,
  query?: unknown,
) => void;

export function createEventHandler(deps: EventHandlerDeps): EventHandler {
  const { reception, bodies, corsOrigins, report } = deps;
  const answerTo = async (
    request: IncomingMessage,
    expected: Expectation,
    query: unknown,
  ): Promise<Answer> => {
    try {
      const body = await bodies.read(request);
      return success(await reception.receive({ headers: request.headers, query }, body, expected));
    } catch (error) {
      return answerOf(report(error), request);
    }
  };
  return async (request, response, expected, query) => {
    const { status, headers, body } = await answerTo(request, expected, query);
    const cors = corsHeaders(corsOrigins, request.headers.origin);
    // The member before the spreads: each one behind a spread is defined the slow way.
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...cors, ...headers }).end(body);
  };
}

function success(body: string): Answer {
  return { status: 200, headers: JSON_TYPE, body };
}
