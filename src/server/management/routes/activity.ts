/** Routes that show what happened: events, deliveries with every try, counts. It must not know how any of it is stored. */
import { EVENT_TYPES } from '../../../event/canonical-event.ts';
import { Failure } from '../../../event/failure.ts';
import type { DeliveryFilter, EventFilter } from '../../../store/ports/reads.ts';
import { deliveryDetailView, deliveryView, eventView, jobIdOf, statsView } from '../activity-views.ts';
import { JOB_STATES, listSchema, ref, VERDICT_STATES } from '../answer-schemas.ts';
import { inStoreWords } from '../filters.ts';
import { moment, oneOf, PAGING, someOf, text, whole } from '../http/query.ts';
import { NO_QUERY, type Route, route } from '../http/route.ts';
import { listOf } from '../paging.ts';
import type { Ports } from '../ports.ts';

const HOUR_S = 3600;
const DAY_MS = 24 * HOUR_S * 1000;
/** The most points that a chart gets. */
const MAX_BUCKETS = 1000;

export function activityRoutes(ports: Ports): readonly Route[] {
  return [...events(ports), ...deliveries(ports), stats(ports)];
}

function events(ports: Ports): readonly Route[] {
  const tag = 'Events';
  return [
    route({
      method: 'GET',
      path: '/events',
      tag,
      summary: 'List the received events, newest first, with what became of each',
      query: {
        ...PAGING,
        q: text(
          'Only events of the person with this address, userId or anonymousId, with this messageId, or whose name begins with this.',
        ),
        type: oneOf('Only events of this type.', EVENT_TYPES),
        event: text('Only track events of this name.'),
        user: text('Only events of this userId or anonymousId.'),
        email: text('Only events of the person with this address.'),
        status: oneOf('Only events of which an integration or a delivery is in this state.', [
          ...VERDICT_STATES,
          ...JOB_STATES.filter((state) => state !== 'filtered'),
        ]),
        integration_id: text('Only events that this pipeline integration (pi_…) judged.'),
        since: moment('Only events received from then on.'),
      },
      success: { status: 200, description: 'A page of events.', schema: listSchema('Event') },
      failures: [400],
      handle: async ({ query }) => {
        const { limit, cursor, q = '', email: _email, integration_id: _id, since: _since, ...plain } = query;
        const typed = q.trim() === '' ? {} : { text: q.trim() };
        const filter: EventFilter = { ...plain, ...typed, ...inStoreWords(query) };
        return listOf(await ports.store.reads.events(filter, limit, cursor), eventView);
      },
    }),
    route({
      method: 'GET',
      path: '/events/{id}',
      tag,
      summary: 'Show one event with what became of it',
      params: { id: 'Id of the event, evt_….' },
      query: NO_QUERY,
      success: { status: 200, description: 'The event.', schema: ref('Event') },
      failures: [404],
      handle: async ({ params }) => {
        const found = await ports.store.reads.event(params['id'] ?? '');
        if (found === undefined) throw new Failure('NOT_FOUND', `There is no event "${params['id']}".`);
        return eventView(found);
      },
    }),
  ];
}

function deliveries(ports: Ports): readonly Route[] {
  const tag = 'Deliveries';
  return [
    route({
      method: 'GET',
      path: '/deliveries',
      tag,
      summary: 'List the deliveries, newest first',
      query: {
        ...PAGING,
        status: someOf('Only deliveries in this state.', JOB_STATES),
        integration_id: text('Only deliveries of this pipeline integration (pi_…).'),
        action: text('Only deliveries of this action.'),
        email: text('Only deliveries to the contact with this address.'),
        code: text('Only deliveries with this outcome code.'),
        since: moment('Only deliveries queued from then on.'),
        replayed: oneOf('Only deliveries that a replay has sent again (true), or that none has (false).', [
          'true',
          'false',
        ]),
      },
      success: { status: 200, description: 'A page of deliveries.', schema: listSchema('Delivery') },
      failures: [400],
      handle: async ({ query }) => {
        const {
          limit,
          cursor,
          email: _email,
          integration_id: _id,
          since: _since,
          replayed,
          ...plain
        } = query;
        const filter: DeliveryFilter = {
          ...plain,
          ...inStoreWords(query),
          ...(replayed === undefined ? {} : { isReplayed: replayed === 'true' }),
        };
        return listOf(await ports.store.reads.deliveries(filter, limit, cursor), deliveryView);
      },
    }),
    route({
      method: 'GET',
      path: '/deliveries/{id}',
      tag,
      summary: 'Show one delivery with every try: requests (masked), answers, outcome, next try',
      params: { id: 'Id of the delivery, dlv_….' },
      query: NO_QUERY,
      success: { status: 200, description: 'The delivery.', schema: ref('DeliveryDetail') },
      failures: [404],
      handle: async ({ params }) => {
        const jobId = jobIdOf(params['id'] ?? '');
        const found = jobId === undefined ? undefined : await ports.store.reads.delivery(jobId);
        if (found === undefined) throw new Failure('NOT_FOUND', `There is no delivery "${params['id']}".`);
        return deliveryDetailView(found);
      },
    }),
  ];
}

function stats(ports: Ports): Route {
  return route({
    method: 'GET',
    path: '/stats',
    tag: 'Deliveries',
    summary: 'Count events and deliveries by outcome over time',
    description:
      '`latency_ms` is the time from receipt to delivery of what was delivered in the bucket, within five percent; `requests` are those to vendors.',
    query: {
      since: moment('Start of the counting; 24 hours ago by default.'),
      integration_id: text(
        'Only what concerns this pipeline integration (pi_…); `received` is then how often it judged.',
      ),
      bucket_s: whole('Width of a bucket in seconds.', {
        minimum: 1,
        maximum: 30 * 24 * HOUR_S,
        absent: HOUR_S,
      }),
    },
    success: {
      status: 200,
      description: 'The buckets, oldest first.',
      schema: listSchema('StatsBucket'),
    },
    failures: [400],
    handle: async ({ query }) => {
      const nowMs = ports.clock.now();
      const sinceMs = query.since ?? nowMs - DAY_MS;
      const bucketMs = query.bucket_s * 1000;
      if ((nowMs - sinceMs) / bucketMs > MAX_BUCKETS) {
        throw new Failure('INVALID_REQUEST', `That makes more than ${MAX_BUCKETS} buckets.`, {
          details: [{ path: 'bucket_s', message: 'is too small for so long a time; give a larger one' }],
        });
      }
      const data = await ports.store.reads.stats(sinceMs, bucketMs, query.integration_id);
      return listOf({ data, nextCursor: null }, statsView);
    },
  });
}
