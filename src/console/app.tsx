/** Puts the page of the present address into the frame, for whoever is signed in. It must not know what pages show. */
import { QueryClientProvider } from '@tanstack/react-query';
import { Component, lazy, type ReactNode, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { createQueries } from './api/queries.ts';
import { Overview } from './pages/overview/overview.tsx';
import { usePlace } from './router.tsx';
import { to } from './routes.ts';
import { createService, refreshFromStream, ServiceContext } from './service.ts';
import type { Session } from './session.ts';
import { Frame } from './shell/frame.tsx';
import { Page } from './shell/page.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { Button, ButtonLink } from './ui/button.tsx';
import { HintProvider } from './ui/hint.tsx';
import { Empty, ErrorNote, Waiting } from './ui/notice.tsx';

const Events = lazy(async () => ({ default: (await import('./pages/events/events.tsx')).Events }));
const EventPage = lazy(async () => ({ default: (await import('./pages/events/event-page.tsx')).EventPage }));
const Deliveries = lazy(async () => ({
  default: (await import('./pages/deliveries/deliveries.tsx')).Deliveries,
}));
const DeliveryPage = lazy(async () => ({
  default: (await import('./pages/deliveries/delivery-page.tsx')).DeliveryPage,
}));
const Replays = lazy(async () => ({ default: (await import('./pages/deliveries/replays.tsx')).Replays }));
const Integrations = lazy(async () => ({
  default: (await import('./pages/integrations/integrations.tsx')).Integrations,
}));
const Integration = lazy(async () => ({
  default: (await import('./pages/integrations/integration.tsx')).Integration,
}));
const Library = lazy(async () => ({ default: (await import('./pages/library/library.tsx')).Library }));
const Install = lazy(async () => ({ default: (await import('./pages/library/install.tsx')).Install }));
const People = lazy(async () => ({ default: (await import('./pages/people/people.tsx')).People }));
const Sources = lazy(async () => ({ default: (await import('./pages/sources/sources.tsx')).Sources }));

export function App({ session }: { readonly session: Session }) {
  const token = useSyncExternalStore(session.subscribe, session.token);
  return (
    <HintProvider>
      {token === undefined ? <SignIn session={session} /> : <SignedIn key={token} session={session} />}
    </HintProvider>
  );
}

function SignedIn({ session }: { readonly session: Session }) {
  const [service] = useState(() => createService(session));
  const [queries] = useState(createQueries);
  useEffect(() => service.live.start(), [service]);
  useEffect(() => refreshFromStream(queries, service.live), [queries, service]);
  return (
    <ServiceContext value={service}>
      <QueryClientProvider client={queries}>
        <Frame>
          <PresentPage />
        </Frame>
      </QueryClientProvider>
    </ServiceContext>
  );
}

function PresentPage() {
  const place = usePlace();
  return (
    <Catcher key={place === undefined ? '' : place.name + JSON.stringify(place.params)}>
      <Suspense fallback={<Waiting what="Loading…" />}>{pageOf(place)}</Suspense>
    </Catcher>
  );
}

function pageOf(place: ReturnType<typeof usePlace>): ReactNode {
  const id = place?.params['id'] ?? '';
  switch (place?.name) {
    case 'overview':
      return <Overview />;
    case 'events':
      return <Events />;
    case 'event':
      return <EventPage id={id} />;
    case 'deliveries':
      return <Deliveries />;
    case 'replays':
      return <Replays />;
    case 'delivery':
      return <DeliveryPage id={id} />;
    case 'people':
      return <People />;
    case 'integrations':
      return <Integrations />;
    case 'integration':
    case 'blueprint':
    case 'settings':
    case 'history':
      return <Integration id={id} tab={place.name} />;
    case 'library':
      return <Library />;
    case 'install':
      return <Install vendorKey={place.params['key'] ?? ''} />;
    case 'sources':
      return <Sources />;
    case undefined:
      return <NoPage />;
  }
}

function NoPage() {
  return (
    <Page title="Page not found">
      <Empty
        icon="search"
        title="There is no page at this address"
        action={<ButtonLink href={to('overview')}>Go to Overview</ButtonLink>}
      >
        The link may be old, or what it leads to was removed.
      </Empty>
    </Page>
  );
}

/** Keeps a mistake of one page from taking the others with it. */
class Catcher extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div className="page">
        <ErrorNote error={this.state.error} />
        <div className="row">
          <Button icon="retry" onClick={() => window.location.reload()}>
            Reload the page
          </Button>
        </div>
      </div>
    );
  }
}
