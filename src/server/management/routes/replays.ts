/** Routes that send deliveries and events again, discard deliveries, and tell why they failed. It must not know how a replay works. */
import type { EventSelection, JobSelection, ReplayMapping } from '../../../store/ports/replays.ts';
import { listSchema, ref } from '../answer-schemas.ts';
import { bodyOf } from '../http/body.ts';
import { moment, oneOf, PAGING, text } from '../http/query.ts';
import { Answer, NO_QUERY, type Route, route, routeWithBody } from '../http/route.ts';
import { listOf } from '../paging.ts';
import type { Ports } from '../ports.ts';
import {
  CANCELLABLE,
  cancelDeliveries,
  cancelReplay,
  type EventSelectionRequest,
  estimate,
  eventSelectionOf,
  findReplay,
  MISSED,
  REPLAYABLE,
  reasons,
  replayView,
  type SelectionRequest,
  selectionOf,
  startReplay,
} from '../repair.ts';
import { iso } from '../views.ts';

const TAG = 'Deliveries';
const MAX_IDS = 1_000;

const ids = { type: 'array', minItems: 1, maxItems: MAX_IDS, items: { type: 'string' } } as const;
const filter = {
  type: 'object',
  additionalProperties: false,
  description: 'All given members must fit; an empty filter means all.',
} as const;
const common = {
  integration_id: { type: 'string' },
  code: { type: 'string' },
  email: { type: 'string' },
  since: { type: ['string', 'integer'], description: 'ISO 8601, or milliseconds since 1970.' },
} as const;

const selectionProperties = {
  ids,
  filter: {
    ...filter,
    properties: { status: { type: 'string' }, action: { type: 'string' }, ...common },
  },
} as const;

const onlyEstimate = { type: 'boolean', description: 'Only tell how many it would be.' } as const;

interface ReplayRequest extends SelectionRequest {
  readonly mapping: ReplayMapping;
  readonly estimate?: boolean;
}

const replayBody = bodyOf<ReplayRequest>({
  type: 'object',
  additionalProperties: false,
  required: ['mapping'],
  properties: {
    ...selectionProperties,
    mapping: {
      type: 'string',
      enum: ['as_mapped', 'current'],
      description: 'The payload as it was, or the event mapped anew with today’s blueprint.',
    },
    estimate: onlyEstimate,
  },
});

interface EventReplayRequest extends EventSelectionRequest {
  readonly estimate?: boolean;
}

const eventReplayBody = bodyOf<EventReplayRequest>({
  type: 'object',
  additionalProperties: false,
  properties: {
    ids,
    filter: {
      ...filter,
      properties: {
        status: {
          type: 'string',
          description: `One or several of ${MISSED.join(', ')}; \`mapped\` means those of which a rule was refused or lacked a setting of the integration. Without it: invalid, mapped.`,
        },
        event: { type: 'string', description: 'Only track events of this name.' },
        ...common,
      },
    },
    estimate: onlyEstimate,
  },
});

const cancelBody = bodyOf<SelectionRequest>({
  type: 'object',
  additionalProperties: false,
  properties: selectionProperties,
});

export function replayRoutes(ports: Ports): readonly Route[] {
  const idParam = { id: 'Id of the replay, rpl_….' };
  return [
    routeWithBody({
      method: 'POST',
      path: '/deliveries/replay',
      tag: TAG,
      summary: 'Send dead and held deliveries again',
      description:
        'They join the end of their contact’s order, and consent is asked before each is sent. A delivery is sent again once: what comes of it can be sent again in its turn. One replay runs at a time.',
      query: NO_QUERY,
      body: replayBody,
      success: { status: 202, description: 'The replay has begun.', schema: ref('Replay') },
      also: { status: 200, description: 'The estimate; nothing is begun.', schema: ref('ReplayEstimate') },
      failures: [400, 409, 413, 422],
      handle: ({ body }) => begun(ports, selectionOf(body, REPLAYABLE), body.mapping, body.estimate),
    }),
    routeWithBody({
      method: 'POST',
      path: '/events/replay',
      tag: 'Events',
      summary: 'Map events anew with today’s blueprint, and send what was not sent',
      description:
        'For events that a rule refused, and others of which nothing became. Identity and consent are those of today, and nothing is learnt; a former address is not known any more. For each delivery that an event has already, whatever became of it, the mapping makes one fewer of that action: the one that is alike, else the one of the rule at the same place, else any. What is sent joins the end of its contact’s order, so that what an old event says of a contact comes after what newer ones said. Rules that were added since count, too. One replay runs at a time.',
      query: NO_QUERY,
      body: eventReplayBody,
      success: { status: 202, description: 'The replay has begun.', schema: ref('Replay') },
      also: { status: 200, description: 'The estimate; nothing is begun.', schema: ref('ReplayEstimate') },
      failures: [400, 409, 413, 422],
      handle: ({ body }) => begun(ports, eventSelectionOf(body), 'current', body.estimate),
    }),
    routeWithBody({
      method: 'POST',
      path: '/deliveries/cancel',
      tag: TAG,
      summary: 'Discard waiting and held deliveries',
      query: NO_QUERY,
      body: cancelBody,
      success: { status: 200, description: 'How many were cancelled.', schema: ref('Cancelled') },
      failures: [400, 413, 422],
      handle: async ({ body }) => ({
        cancelled: await cancelDeliveries(ports, selectionOf(body, CANCELLABLE)),
      }),
    }),
    route({
      method: 'GET',
      path: '/deliveries/reasons',
      tag: TAG,
      summary: 'Count dead and held deliveries by reason; those sent again are not counted',
      query: {
        since: moment('Only deliveries queued from then on.'),
        integration_id: text('Only deliveries of this pipeline integration (pi_…).'),
        status: oneOf('Only deliveries in this state.', REPLAYABLE),
      },
      success: {
        status: 200,
        description: 'The reasons, the most frequent first.',
        schema: ref('ReasonList'),
      },
      failures: [400],
      handle: async ({ query: { since, integration_id, status } }) => {
        const filter = {
          ...(since === undefined ? {} : { since }),
          ...(integration_id === undefined ? {} : { integration_id }),
          ...(status === undefined ? {} : { status }),
        };
        const found = await reasons(ports, selectionOf({ filter }, REPLAYABLE));
        return {
          data: found.map(({ newestAtMs, ...reason }) => ({ ...reason, newest_at: iso(newestAtMs) })),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/replays',
      tag: TAG,
      summary: 'List the replays, newest first',
      query: PAGING,
      success: { status: 200, description: 'A page of replays.', schema: listSchema('Replay') },
      failures: [400],
      handle: async ({ query }) =>
        listOf(await ports.store.replays.list(query.limit, query.cursor), replayView),
    }),
    route({
      method: 'GET',
      path: '/replays/{id}',
      tag: TAG,
      summary: 'Show how far a replay is',
      params: idParam,
      query: NO_QUERY,
      success: { status: 200, description: 'The replay.', schema: ref('Replay') },
      failures: [404],
      handle: async ({ params }) => replayView(await findReplay(ports, params['id'] ?? '')),
    }),
    route({
      method: 'DELETE',
      path: '/replays/{id}',
      tag: TAG,
      summary: 'Cancel a replay; what it has put back stays',
      params: idParam,
      query: NO_QUERY,
      success: { status: 204, description: 'It goes no further.' },
      failures: [404],
      handle: ({ params }) => cancelReplay(ports, params['id'] ?? ''),
    }),
  ];
}

/** The replay that has begun; with `isEstimate` what it would be. */
async function begun(
  ports: Ports,
  selection: JobSelection | EventSelection,
  mapping: ReplayMapping,
  isEstimate = false,
) {
  if (!isEstimate) return replayView(await startReplay(ports, selection, mapping));
  const { count, oldestAtMs, secondsAtAccountLimit } = await estimate(ports, selection);
  return new Answer(200, {
    count,
    ...(oldestAtMs === undefined ? {} : { oldest_at: iso(oldestAtMs) }),
    seconds_at_account_limit: secondsAtAccountLimit,
  });
}
