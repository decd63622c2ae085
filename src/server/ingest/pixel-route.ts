/** Events by image request, for mails and pages without scripts. It must not know how events are kept. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../clock.ts';
import { EVENT_TYPES, type EventType } from '../../event/canonical-event.ts';
import { Failure } from '../../event/failure.ts';
import { isObject, own } from '../../event/json.ts';
import { keyOfRequest } from './pipeline-access.ts';
import type { Reception } from './reception.ts';

/** One transparent pixel. */
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const SHORT_TYPES: Readonly<Record<string, EventType>> = { t: 'track', p: 'page', i: 'identify', g: 'group' };

/**
 * `GET /v1/pixel/{type}?wk=&e=&uid=&aid=&p.*=&t.*=&ts=&mid=` (Datafly Signal, "Pixel"). An image has nobody who reads
 * errors, so bad input gets the GIF with 200 and is not recorded; 429 and 503 keep their status for monitors, with the GIF.
 */
export function pixelRoute(app: FastifyInstance, reception: Reception, clock: Pick<Clock, 'now'>): void {
  app.get<{ Params: { type: string } }>('/v1/pixel/:type', async (request, reply) => {
    try {
      await record(request, request.params.type, reception, clock.now());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.status === 429 || error.status === 503) return sendGif(reply, error.status);
    }
    return sendGif(reply, 200);
  });
}

function sendGif(reply: FastifyReply, status: number): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store, no-cache, must-revalidate')
    .type('image/gif')
    .send(GIF);
}

async function record(
  request: FastifyRequest,
  typeText: string,
  reception: Reception,
  receivedAtMs: number,
): Promise<void> {
  const type = EVENT_TYPES.find((known) => known === typeText) ?? own(SHORT_TYPES, typeText);
  const pipeline = await reception.admit(request, keyOfRequest(request));
  await reception.accept(pipeline, [eventOf(type, request)], { receivedAtMs });
}

function eventOf(type: unknown, request: FastifyRequest): Record<string, unknown> {
  const query = isObject(request.query) ? request.query : {};
  const name = own(query, 'e');
  const timestamp = own(query, 'ts');
  return {
    type,
    ...(type === 'track' ? { event: name } : { name }),
    userId: own(query, 'uid'),
    anonymousId: own(query, 'aid'),
    ...(type === 'group' ? { groupId: own(query, 'gid') } : {}),
    messageId: own(query, 'mid'),
    timestamp: timestamp === '' ? undefined : timestamp,
    properties: membersUnder('p.', query),
    traits: membersUnder('t.', query),
    context: contextOf(request),
  };
}

function membersUnder(prefix: string, query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) =>
      name.startsWith(prefix) && name.length > prefix.length ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

/** The page that shows the image, and the browser, as far as the request says. */
function contextOf(request: FastifyRequest): Record<string, unknown> {
  const { referer, 'user-agent': userAgent } = request.headers;
  return {
    ...(referer === undefined ? {} : { page: { url: referer } }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}
