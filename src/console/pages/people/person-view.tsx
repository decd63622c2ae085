/** What is known of one person: ids, consent, events, deliveries. It must not know how they were found. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ConsentEntry, Delivery, Person, ReceivedEvent } from '../../api/answers.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Badge, DeliveryBadge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Ago, Clock } from '../../ui/time.tsx';
import { sentenceCase } from '../../words.ts';
import { eventTitle } from '../events/event-page.tsx';
import { EraseDialog } from './erase-dialog.tsx';
import { nameOf } from './person-name.ts';

const SHOWN = 20;

export function PersonView({ person }: { readonly person: Person }) {
  const api = useApi();
  const [erasing, setErasing] = useState(false);
  const detail = useQuery({ queryKey: ['person', person.id], queryFn: () => api.person(person.id) });
  return (
    <div className="stack">
      <section className="card" aria-labelledby="person">
        <div className="card-head">
          <h2 id="person" className="wrap-anywhere">
            {nameOf(person)}
          </h2>
          <Button small icon="trash" onClick={() => setErasing(true)}>
            Erase…
          </Button>
        </div>
        <dl className="facts card-body">
          <dt>E-mail</dt>
          <dd>{person.email ?? <span className="faint">not known</span>}</dd>
          <dt>User ids</dt>
          <dd>
            <Ids ids={person.user_ids} />
          </dd>
          <dt>Anonymous ids</dt>
          <dd>
            <Ids ids={person.anonymous_ids} />
          </dd>
          {person.last_seen_at !== undefined && (
            <>
              <dt>Last seen</dt>
              <dd>
                <Ago at={person.last_seen_at} />
              </dd>
            </>
          )}
        </dl>
      </section>
      <section className="card" aria-labelledby="consent">
        <div className="card-head">
          <h2 id="consent">Consent</h2>
        </div>
        {detail.isPending && <Waiting what="Loading…" />}
        {detail.isError && <ErrorNote error={detail.error} onRetry={() => detail.refetch()} />}
        {detail.data !== undefined && <Consent entries={detail.data.consent} />}
      </section>
      <TheirEvents person={person} />
      {person.email !== undefined && <TheirDeliveries email={person.email} />}
      {erasing && <EraseDialog person={person} onClose={() => setErasing(false)} />}
    </div>
  );
}

function Ids({ ids }: { readonly ids: readonly string[] }) {
  if (ids.length === 0) return <span className="faint">none</span>;
  return (
    <span className="ids">
      {ids.map((id) => (
        <code key={id} className="id">
          {id}
        </code>
      ))}
    </span>
  );
}

function Consent({ entries }: { readonly entries: readonly ConsentEntry[] }) {
  if (entries.length === 0) {
    return (
      <p className="card-body soft">
        No decision is recorded. Unknown means no, unless an integration says otherwise.
      </p>
    );
  }
  const newestFirst = [...entries].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Category</th>
            <th scope="col">Decision</th>
            <th scope="col">When</th>
            <th scope="col">Recorded under</th>
          </tr>
        </thead>
        <tbody>
          {newestFirst.map(({ category, granted, at, subject, event_id }) => (
            <tr key={`${category} ${subject} ${at}`}>
              <td>{category}</td>
              <td>
                <Badge tone={granted ? 'good' : 'consent'} icon={granted ? 'check' : 'cross'}>
                  {granted ? 'Granted' : 'Refused'}
                </Badge>
              </td>
              <td>
                {event_id === undefined ? (
                  <Clock at={at} />
                ) : (
                  <Link href={to('event', { id: event_id })}>
                    <Clock at={at} />
                  </Link>
                )}
              </td>
              <td className="mono wrap-anywhere">{subject.replace(/^[uae]:/, '')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TheirEvents({ person }: { readonly person: Person }) {
  const api = useApi();
  const filter =
    person.email === undefined
      ? { user: person.user_ids[0] ?? person.anonymous_ids[0] }
      : { email: person.email };
  const events = useQuery({
    queryKey: ['events', 'of', filter],
    queryFn: async () => (await api.events(filter, SHOWN)).data,
  });
  return (
    <section className="card" aria-labelledby="events">
      <div className="card-head">
        <h2 id="events">Events</h2>
        <Link className="small" href={to('events', {}, filter)}>
          Show all, live
        </Link>
      </div>
      {events.isError && <ErrorNote error={events.error} />}
      {events.data?.length === 0 && <p className="card-body soft">None are kept.</p>}
      {events.data !== undefined && events.data.length > 0 && <EventTable events={events.data} />}
    </section>
  );
}

function EventTable({ events }: { readonly events: readonly ReceivedEvent[] }) {
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Received</th>
            <th scope="col">Event</th>
            <th scope="col">Deliveries</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <td className="numbers">
                <Clock at={event.received_at} />
              </td>
              <td>
                <Link href={to('event', { id: event.id })}>{eventTitle(event)}</Link>
              </td>
              <td>{event.deliveries.length}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TheirDeliveries({ email }: { readonly email: string }) {
  const api = useApi();
  const deliveries = useQuery({
    queryKey: ['deliveries', 'of', email],
    queryFn: async () => (await api.deliveries({ email }, SHOWN)).data,
  });
  return (
    <section className="card" aria-labelledby="deliveries">
      <div className="card-head">
        <h2 id="deliveries">Deliveries</h2>
        <Link className="small" href={to('deliveries', {}, { email })}>
          Show all
        </Link>
      </div>
      {deliveries.isError && <ErrorNote error={deliveries.error} />}
      {deliveries.data?.length === 0 && <p className="card-body soft">None.</p>}
      {deliveries.data !== undefined && deliveries.data.length > 0 && (
        <DeliveryTable deliveries={deliveries.data} />
      )}
    </section>
  );
}

function DeliveryTable({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Queued</th>
            <th scope="col">State</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <tr key={delivery.id}>
              <td className="numbers">
                <Clock at={delivery.enqueued_at} />
              </td>
              <td>
                <DeliveryBadge state={delivery.state} />
              </td>
              <td>
                <Link href={to('delivery', { id: delivery.id })}>{sentenceCase(delivery.action)}</Link>{' '}
                <span className="soft">for {delivery.event_name}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
