/** Deliveries and dead letters: grouped by reason, listed, sent again one by one or all that fit. It must not know how they are fetched. */
import { useMemo, useState } from 'react';
import type { Delivery } from '../../api/answers.ts';
import type { Selection } from '../../api/api.ts';
import type { StreamEntry } from '../../api/stream.ts';
import type { FeedOptions } from '../../feed.ts';
import { deliveryFilter, deliveryRank, fitsDelivery, stillToDo } from '../../filters.ts';
import { countOf } from '../../moments.ts';
import { Link, navigate, useQueryState } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { useShortcuts } from '../../shortcuts.ts';
import { DeliveryBadge } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Empty, ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Rows } from '../../ui/rows.tsx';
import { Clock } from '../../ui/time.tsx';
import { useFeed } from '../../use-feed.ts';
import { reasonOf, sentenceCase } from '../../words.ts';
import { BulkBar } from './bulk-bar.tsx';
import { DeliveryToolbar } from './delivery-toolbar.tsx';
import { Reasons } from './reasons.tsx';

const deliveriesOf = (entries: readonly StreamEntry[]): readonly Delivery[] =>
  entries.flatMap((entry) => (entry.kind === 'delivery' ? [entry.delivery] : []));

const TABS = [
  { label: 'All', status: undefined },
  { label: 'Failed', status: 'dead' },
  { label: 'Needs a decision', status: 'held' },
  { label: 'Waiting', status: 'waiting' },
  { label: 'Delivered', status: 'delivered' },
  { label: 'Filtered', status: 'filtered' },
  { label: 'Cancelled', status: 'cancelled' },
] as const;

export function Deliveries() {
  const [query, setQuery] = useQueryState();
  const filter = useMemo(() => deliveryFilter(query), [query]);
  const key = JSON.stringify(filter);
  return (
    <Page
      title="Deliveries"
      lead="Every request that was made or is to be made, and why some did not arrive."
      width="wide"
      actions={
        <ButtonLink icon="history" href={to('replays')}>
          Retries
        </ButtonLink>
      }
    >
      <nav className="tabs" aria-label="State">
        {TABS.map(({ label, status }) => (
          <Link
            key={label}
            className="tab"
            href={to('deliveries', {}, { ...query, status })}
            aria-current={query['status'] === status ? 'page' : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      <DeliveryToolbar query={query} onChange={setQuery} />
      <DeliveryList key={key} filter={filter} />
    </Page>
  );
}

function DeliveryList({ filter }: { readonly filter: ReturnType<typeof deliveryFilter> }) {
  const api = useApi();
  const options = useMemo<FeedOptions<Delivery>>(
    () => ({
      load: (cursor) => api.deliveries(stillToDo(filter), 100, cursor),
      idOf: ({ id }) => id,
      rankOf: deliveryRank,
      fits: (delivery) => fitsDelivery(delivery, stillToDo(filter)),
    }),
    [api, filter],
  );
  const [state, feed] = useFeed(options, deliveriesOf);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Selection>();
  const canRepeat = filter.status === 'dead' || filter.status === 'held';
  const toggle = ({ id }: Delivery): void =>
    setMarked(
      (former) => new Set(former.has(id) ? [...former].filter((other) => other !== id) : [...former, id]),
    );
  const keys = useMemo(() => ({ r: () => marked.size > 0 && setAsked({ ids: [...marked] }) }), [marked]);
  useShortcuts(keys);
  const isEmpty = state.items.length === 0;
  const total = Object.keys(filter).length;
  return (
    <>
      {(canRepeat || filter.status === undefined) && <Reasons filter={filter} />}
      {state.error !== undefined && <ErrorNote error={state.error} onRetry={feed.loadNewest} />}
      {isEmpty && state.isLoading && <Waiting what="Loading deliveries…" />}
      {isEmpty && !state.isLoading && state.error === undefined && (
        <div className="card">
          <NothingHere status={filter.status} isFiltered={total > (filter.status === undefined ? 0 : 1)} />
        </div>
      )}
      {!isEmpty && (
        <div className="card">
          <div className={canRepeat ? 'selectable' : ''}>
            {canRepeat && <span />}
            <div className="row-names delivery-columns" aria-hidden="true">
              <span>Queued</span>
              <span>State</span>
              <span>What</span>
              <span>To</span>
              <span>Reason</span>
            </div>
          </div>
          <Rows
            label="Deliveries, newest first"
            items={state.items}
            idOf={({ id }) => id}
            rowHeight={46}
            {...(state.hasMore && !state.isLoading ? { onEnd: feed.loadOlder } : {})}
            {...(canRepeat ? { onMark: toggle } : {})}
            render={(delivery) =>
              canRepeat ? (
                <div className="selectable">
                  <label>
                    <span className="only-spoken">Select {delivery.id}</span>
                    <input
                      type="checkbox"
                      className="check"
                      checked={marked.has(delivery.id)}
                      onChange={() => toggle(delivery)}
                    />
                  </label>
                  <DeliveryRow delivery={delivery} />
                </div>
              ) : (
                <DeliveryRow delivery={delivery} />
              )
            }
          />
          <p className="list-foot" role="status">
            {state.isLoading
              ? 'Loading…'
              : state.hasMore
                ? ''
                : `${countOf(state.items.length, 'delivery', 'deliveries')}, all there are.`}
          </p>
        </div>
      )}
      {canRepeat && !isEmpty && (
        <BulkBar
          shown={state.items}
          marked={marked}
          onMark={setMarked}
          filter={filter}
          asked={asked}
          onAsk={setAsked}
        />
      )}
    </>
  );
}

function DeliveryRow({ delivery }: { readonly delivery: Delivery }) {
  const { state, code, message } = delivery;
  return (
    <Link className="row-line delivery-columns" href={to('delivery', { id: delivery.id })}>
      <span className="faint numbers time">
        <Clock at={delivery.enqueued_at} />
      </span>
      <span className="cut">
        <DeliveryBadge state={state} />
      </span>
      <span className="cut wide">
        <span className="strong">{sentenceCase(delivery.action)}</span>{' '}
        <span className="soft">for {delivery.event_name}</span>
      </span>
      <span className="cut soft wide">{delivery.contacts.join(' → ')}</span>
      <span className="cut soft wide" title={message}>
        {code === undefined || state === 'delivered' ? '' : reasonOf(code).title}
        {delivery.replayed_by !== undefined && ' · sent again'}
        {delivery.attempts > 1 && ` · ${delivery.attempts} tries`}
      </span>
    </Link>
  );
}

function NothingHere({
  status,
  isFiltered,
}: {
  readonly status: string | undefined;
  readonly isFiltered: boolean;
}) {
  if (isFiltered) {
    return (
      <Empty
        icon="filter"
        title="No delivery fits"
        action={
          <Button onClick={() => navigate(to('deliveries'), { replace: true })}>Show all deliveries</Button>
        }
      >
        Change the filters, or look at all of them.
      </Empty>
    );
  }
  if (status === 'dead' || status === 'held') {
    return (
      <Empty icon="check" title={status === 'dead' ? 'Nothing has failed' : 'Nothing needs a decision'}>
        {status === 'dead'
          ? 'What cannot be delivered after every try appears here, with the reason and a button to send it again.'
          : 'When nobody can know whether a request arrived, you decide here whether to send it again.'}
      </Empty>
    );
  }
  return (
    <Empty icon="deliveries" title="Nothing here">
      Deliveries appear as soon as an event leads to one.
    </Empty>
  );
}
