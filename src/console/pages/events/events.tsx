/** All events as they come, with filters in the address. It must not know how they are fetched. */
import { useCallback, useMemo, useState } from 'react';
import type { ReceivedEvent } from '../../api/answers.ts';
import { usePipelines, useServiceInfo } from '../../api/queries.ts';
import type { StreamEntry } from '../../api/stream.ts';
import { outcomesOf } from '../../event-outcomes.ts';
import type { FeedOptions } from '../../feed.ts';
import { eventFilter, fitsEvent } from '../../filters.ts';
import { createEventTracker } from '../../live-events.ts';
import { countOf } from '../../moments.ts';
import { Link, navigate, useQueryState } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { useShortcuts } from '../../shortcuts.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { Empty, ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Rows } from '../../ui/rows.tsx';
import { Clock } from '../../ui/time.tsx';
import { useFeed } from '../../use-feed.ts';
import { snippetOf } from '../sources/snippet.ts';
import { eventTitle } from './event-page.tsx';
import { EventToolbar } from './event-toolbar.tsx';
import { MapAllAnew } from './map-anew.tsx';

export function Events() {
  const api = useApi();
  const [query, setQuery] = useQueryState();
  const filter = useMemo(() => eventFilter(query), [query]);
  const isFiltered = Object.keys(filter).length > 0;
  const options = useMemo<FeedOptions<ReceivedEvent>>(
    () => ({
      load: (cursor) => api.events(filter, 100, cursor),
      idOf: ({ id }) => id,
      rankOf: ({ seq }) => seq,
      fits: (event) => fitsEvent(event, filter),
    }),
    [api, filter],
  );
  const [tracker] = useState(createEventTracker);
  const pick = useCallback(
    (entries: readonly StreamEntry[], shown: readonly ReceivedEvent[]) =>
      tracker.apply(entries, (id) => shown.find((event) => event.id === id)),
    [tracker],
  );
  const [state, feed] = useFeed(options, pick);
  const togglePause = (): void => (state.isPaused ? feed.resume() : feed.pause());
  const keys = useMemo(() => ({ p: () => (feed.state().isPaused ? feed.resume() : feed.pause()) }), [feed]);
  useShortcuts(keys);
  const isEmpty = state.items.length === 0;
  return (
    <Page
      title="Live events"
      lead="Everything that is received, within a second. Open one to see its whole road."
      width="wide"
      actions={
        <>
          <MapAllAnew filter={filter} />
          <Button icon={state.isPaused ? 'play' : 'pause'} onClick={togglePause}>
            {state.isPaused ? 'Resume' : 'Pause'}
          </Button>
        </>
      }
    >
      <EventToolbar query={query} onChange={setQuery} />
      {state.error !== undefined && <ErrorNote error={state.error} onRetry={feed.loadNewest} />}
      {state.isPaused && state.pending > 0 && (
        <div className="fresh">
          <Button kind="main" small onClick={feed.resume}>
            Show {countOf(state.pending, 'new event')}
          </Button>
        </div>
      )}
      {isEmpty && state.isLoading && <Waiting what="Loading events…" />}
      {isEmpty && !state.isLoading && state.error === undefined && (
        <div className="card">{isFiltered ? <NothingFits /> : <NothingYet />}</div>
      )}
      {!isEmpty && (
        <div className="card">
          <div className="row-names event-columns" aria-hidden="true">
            <span>Received</span>
            <span>Event</span>
            <span>Person</span>
            <span>What became of it</span>
          </div>
          <Rows
            label="Events, newest first"
            items={state.items}
            idOf={({ id }) => id}
            rowHeight={44}
            render={(event) => <EventRow event={event} />}
            {...(state.hasMore && !state.isLoading ? { onEnd: feed.loadOlder } : {})}
          />
          <p className="list-foot" role="status">
            {state.isLoading
              ? 'Loading…'
              : state.hasMore
                ? ''
                : `${countOf(state.items.length, 'event')}, all there are.`}
          </p>
        </div>
      )}
    </Page>
  );
}

function NothingFits() {
  return (
    <Empty
      icon="filter"
      title="No event fits"
      action={<Button onClick={() => navigate(to('events'), { replace: true })}>Show all events</Button>}
    >
      New ones that fit appear here by themselves. An event can be found by its outcome and person once it is
      processed.
    </Empty>
  );
}

/** Nothing has come yet: how to send the first one, while the page listens. */
function NothingYet() {
  const { data: pipelines = [] } = usePipelines();
  const { data: service } = useServiceInfo();
  const [pipeline] = pipelines;
  return (
    <Empty
      icon="events"
      title="Listening for the first event"
      action={<ButtonLink href={to('sources')}>All ways to send events</ButtonLink>}
    >
      Put this into your page; what it sends appears here at once.
      {pipeline !== undefined && <Code text={snippetOf(pipeline.pipeline_key, service?.ingest_url)} />}
    </Empty>
  );
}

/** Memo by identity: rows change only when their event does. */
function EventRow({ event }: { readonly event: ReceivedEvent }) {
  return (
    <Link className="row-line event-columns" href={to('event', { id: event.id })}>
      <span className="faint numbers time">
        <Clock at={event.received_at} />
      </span>
      <span className="cut">
        <span className="strong">{eventTitle(event)}</span>
      </span>
      <span className="cut soft wide">{event.email ?? event.user_id ?? event.anonymous_id}</span>
      <span className="row-chips wide">
        <Outcomes event={event} />
      </span>
    </Link>
  );
}

function Outcomes({ event }: { readonly event: ReceivedEvent }) {
  if (event.verdicts.length === 0) return <Badge tone="wait">Being processed</Badge>;
  return outcomesOf(event).map(({ key, tone, text }) => (
    <Badge key={key} tone={tone}>
      {text}
    </Badge>
  ));
}
