/** What is known of one person: ids, consent, events, deliveries. It must not know how they were found. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import type { Person } from '../../api/answers.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { DeliveryBadge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Ago, Clock } from '../../ui/time.tsx';
import { sentenceCase } from '../../words.ts';
import { eventTitle } from '../events/event-page.tsx';
import { Consent } from './consent.tsx';
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
        {detail.data !== undefined && <Consent person={detail.data} />}
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
    <Newest
      title="Events"
      all={<Link href={to('events', {}, filter)}>Show all, live</Link>}
      query={events}
      columns={['Received', 'Event', 'Deliveries']}
      cells={(event) => [
        <Clock key="at" at={event.received_at} />,
        <Link key="event" href={to('event', { id: event.id })}>
          {eventTitle(event)}
        </Link>,
        event.deliveries.length,
      ]}
    />
  );
}

function TheirDeliveries({ email }: { readonly email: string }) {
  const api = useApi();
  const deliveries = useQuery({
    queryKey: ['deliveries', 'of', email],
    queryFn: async () => (await api.deliveries({ email }, SHOWN)).data,
  });
  return (
    <Newest
      title="Deliveries"
      all={<Link href={to('deliveries', {}, { email })}>Show all</Link>}
      query={deliveries}
      columns={['Queued', 'State', 'What']}
      cells={(delivery) => [
        <Clock key="at" at={delivery.enqueued_at} />,
        <DeliveryBadge key="state" state={delivery.state} />,
        <span key="what">
          <Link href={to('delivery', { id: delivery.id })}>{sentenceCase(delivery.action)}</Link>{' '}
          <span className="soft">for {delivery.event_name}</span>
        </span>,
      ]}
    />
  );
}

interface NewestProps<T> {
  readonly title: string;
  readonly all: ReactNode;
  readonly query: UseQueryResult<readonly T[]>;
  readonly columns: readonly string[];
  /** One for each column, the time first. */
  readonly cells: (item: T) => readonly ReactNode[];
}

function Newest<T extends { readonly id: string }>({ title, all, query, columns, cells }: NewestProps<T>) {
  const id = useId();
  const { data = [] } = query;
  return (
    <section className="card" aria-labelledby={id}>
      <div className="card-head">
        <h2 id={id}>{title}</h2>
        <span className="small">{all}</span>
      </div>
      {query.isError && <ErrorNote error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && data.length === 0 && <p className="card-body soft">None are kept.</p>}
      {data.length > 0 && (
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.map((item) => (
                <tr key={item.id}>
                  {cells(item).map((cell, index) => (
                    <td key={columns[index]} {...(index === 0 ? { className: 'numbers' } : {})}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
