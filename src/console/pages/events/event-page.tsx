/** One event on a page of its own, with a stable address. It must not know how the road is drawn. */
import { useQuery } from '@tanstack/react-query';
import type { ReceivedEvent } from '../../api/answers.ts';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { Button } from '../../ui/button.tsx';
import { copyText } from '../../ui/code.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { EVENT_TYPE_WORDS } from '../../words.ts';
import { MapAnew } from './map-anew.tsx';
import { Road } from './road.tsx';

export function EventPage({ id }: { readonly id: string }) {
  const api = useApi();
  const event = useQuery({ queryKey: ['event', id], queryFn: () => api.event(id) });
  if (event.isPending) return <Waiting what="Loading the event…" />;
  const crumbs = [{ label: 'Live events', href: to('events') }];
  if (event.data === undefined) {
    return (
      <Page title="Event" crumbs={crumbs}>
        <ErrorNote error={event.error} onRetry={() => event.refetch()} />
      </Page>
    );
  }
  return (
    <Page
      title={eventTitle(event.data)}
      crumbs={crumbs}
      width="narrow"
      actions={
        <>
          <MapAnew event={event.data} />
          <Button small icon="copy" onClick={() => copyText(window.location.href, 'Link')}>
            Copy link
          </Button>
          <Button
            small
            icon="copy"
            onClick={() => copyText(JSON.stringify(event.data.payload, null, 2), 'Event')}
          >
            Copy JSON
          </Button>
        </>
      }
    >
      <Road event={event.data} />
    </Page>
  );
}

/** `Order Completed`, `Page view “Mugs”`, `Identify`. */
export function eventTitle(event: Pick<ReceivedEvent, 'type' | 'event' | 'name'>): string {
  if (event.type === 'track') return event.event ?? 'Event';
  return event.name === undefined || event.name === ''
    ? EVENT_TYPE_WORDS[event.type]
    : `${EVENT_TYPE_WORDS[event.type]} “${event.name}”`;
}
