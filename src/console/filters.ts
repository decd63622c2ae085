/** Filters as they stand in the address, as the API takes them, and as they judge what the stream tells. It must not know any page. */

import type { Delivery, ReceivedEvent } from './api/answers.ts';
import type { DeliveryFilter, EventFilter } from './api/api.ts';
import type { Query } from './routes.ts';

const EVENT_KEYS = ['q', 'type', 'event', 'user', 'email', 'status', 'integration_id', 'since'] as const;
const DELIVERY_KEYS = ['status', 'integration_id', 'action', 'code', 'email', 'since'] as const;

/** Only what the API knows; a query may hold more. */
export function eventFilter(query: Query): EventFilter {
  return picked(query, EVENT_KEYS);
}

export function deliveryFilter(query: Query): DeliveryFilter {
  return picked(query, DELIVERY_KEYS);
}

/** Of what failed, only what nobody has sent again is still to be done. */
export function stillToDo(filter: DeliveryFilter): DeliveryFilter {
  return filter.status === 'dead' ? { ...filter, replayed: 'false' } : filter;
}

function picked<K extends string>(query: Query, keys: readonly K[]): Partial<Record<K, string>> {
  const filter: Partial<Record<K, string>> = {};
  for (const key of keys) {
    const value = query[key];
    if (value !== undefined && value !== '') filter[key] = value;
  }
  return filter;
}

/** The same judgement as the API's, for events that the stream tells. */
export function fitsEvent(event: ReceivedEvent, filter: EventFilter): boolean {
  const { q, type, event: name, user, email, status, integration_id, since } = filter;
  const states = [...event.verdicts.map(({ state }) => state), ...event.deliveries.map(({ state }) => state)];
  return (
    (q === undefined || matchesText(event, q.trim())) &&
    (type === undefined || event.type === type) &&
    (name === undefined || event.event === name) &&
    (user === undefined || event.user_id === user || event.anonymous_id === user) &&
    (email === undefined || event.email === email.trim().toLowerCase()) &&
    (status === undefined || states.some((state) => state === status)) &&
    (integration_id === undefined ||
      event.verdicts.some(({ pipeline_integration_id }) => pipeline_integration_id === integration_id)) &&
    (since === undefined || Date.parse(event.received_at) >= timeOf(since))
  );
}

/** Exact for people, the beginning for names. */
function matchesText(event: ReceivedEvent, text: string): boolean {
  const names = [event.event, event.name];
  return (
    text === event.user_id ||
    text === event.anonymous_id ||
    text.toLowerCase() === event.email ||
    names.some((name) => name?.toLowerCase().startsWith(text.toLowerCase()) === true)
  );
}

export function fitsDelivery(delivery: Delivery, filter: DeliveryFilter): boolean {
  const { status, integration_id, action, code, email, since, replayed } = filter;
  return (
    (status === undefined || status.split(',').includes(delivery.state)) &&
    (integration_id === undefined || delivery.pipeline_integration_id === integration_id) &&
    (action === undefined || delivery.action === action) &&
    (code === undefined || delivery.code === code) &&
    (email === undefined || delivery.contacts.includes(email.trim().toLowerCase())) &&
    (since === undefined || Date.parse(delivery.enqueued_at) >= timeOf(since)) &&
    (replayed === undefined || replayed === String(delivery.replayed_by !== undefined))
  );
}

function timeOf(since: string): number {
  return /^\d+$/.test(since) ? Number(since) : Date.parse(since);
}

/** The number in `dlv_12`, by which deliveries are ordered. */
export function deliveryRank({ id }: Pick<Delivery, 'id'>): number {
  return Number(id.replace(/^\D+/, ''));
}
