/** One delivery on a page of its own. It must not know how a delivery is drawn. */
import { useState } from 'react';
import type { DeliveryDetail } from '../../api/answers.ts';
import { useIntegrationNames } from '../../api/queries.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { Page } from '../../shell/page.tsx';
import { Button } from '../../ui/button.tsx';
import { copyText } from '../../ui/code.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Clock } from '../../ui/time.tsx';
import { DeliveryCard, operationName, useDelivery } from '../events/delivery-card.tsx';
import { ReplayDialog } from './replay-dialog.tsx';

export function DeliveryPage({ id }: { readonly id: string }) {
  const delivery = useDelivery(id);
  const crumbs = [{ label: 'Deliveries', href: to('deliveries') }];
  if (delivery.isPending) return <Waiting what="Loading the delivery…" />;
  if (delivery.isError) {
    return (
      <Page title="Delivery" crumbs={crumbs}>
        <ErrorNote error={delivery.error} onRetry={() => delivery.refetch()} />
      </Page>
    );
  }
  return (
    <Page
      title={operationName(delivery.data.action, delivery.data.payload)}
      crumbs={crumbs}
      width="narrow"
      actions={<Actions delivery={delivery.data} />}
    >
      <Facts delivery={delivery.data} />
      <DeliveryCard delivery={delivery.data} linked={false} />
    </Page>
  );
}

function Actions({ delivery }: { readonly delivery: DeliveryDetail }) {
  const [asking, setAsking] = useState(false);
  const canRepeat = delivery.state === 'dead' || delivery.state === 'held';
  return (
    <>
      <Button small icon="copy" onClick={() => copyText(window.location.href, 'Link')}>
        Copy link
      </Button>
      {canRepeat && (
        <Button small kind="main" icon="retry" onClick={() => setAsking(true)}>
          Retry
        </Button>
      )}
      {asking && (
        <ReplayDialog selection={{ ids: [delivery.id] }} count={1} onClose={() => setAsking(false)} />
      )}
    </>
  );
}

function Facts({ delivery }: { readonly delivery: DeliveryDetail }) {
  const names = useIntegrationNames();
  return (
    <dl className="facts card card-body">
      <dt>Came from</dt>
      <dd>
        <Link href={to('event', { id: delivery.event_id })}>{delivery.event_name}</Link>
      </dd>
      <dt>Integration</dt>
      <dd>
        <Link href={to('integration', { id: delivery.integration_id })}>
          {names.get(delivery.pipeline_integration_id) ?? 'A removed integration'}
        </Link>
      </dd>
      <dt>Rule</dt>
      <dd>
        {delivery.rule}, revision{' '}
        <Link href={to('history', { id: delivery.integration_id })}>{delivery.revision_number}</Link>
      </dd>
      <dt>Queued</dt>
      <dd>
        <Clock at={delivery.enqueued_at} />
      </dd>
      {delivery.settled_at !== undefined && (
        <>
          <dt>Ended</dt>
          <dd>
            <Clock at={delivery.settled_at} />
          </dd>
        </>
      )}
      {delivery.replay_id !== undefined && (
        <>
          <dt>Replay</dt>
          <dd className="mono">{delivery.replay_id}</dd>
        </>
      )}
      {delivery.replayed_by !== undefined && (
        <>
          <dt>Sent again by</dt>
          <dd className="mono">{delivery.replayed_by}</dd>
        </>
      )}
    </dl>
  );
}
