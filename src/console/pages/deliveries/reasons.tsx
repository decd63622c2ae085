/** What failed, grouped by reason, with the one thing to do about each. It must not know how it is counted. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReasonCount } from '../../api/answers.ts';
import type { DeliveryFilter, Selection } from '../../api/api.ts';
import { useAttachments } from '../../api/queries.ts';
import { amountOf } from '../../moments.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Ago } from '../../ui/time.tsx';
import { DELIVERY_WORDS, reasonOf } from '../../words.ts';
import { Remedy } from '../events/remedy.tsx';
import { ReplayDialog } from './replay-dialog.tsx';

export function Reasons({ filter }: { readonly filter: DeliveryFilter }) {
  const api = useApi();
  const { integration_id, since } = filter;
  const reasons = useQuery({
    queryKey: ['deliveries', 'reasons', integration_id, since],
    queryFn: () =>
      api.reasons({
        ...(integration_id === undefined ? {} : { integration_id }),
        ...(since === undefined ? {} : { since }),
      }),
    retry: false,
    refetchInterval: 15_000,
  });
  const shown = (reasons.data?.data ?? []).filter(
    ({ state, code }) =>
      (state === 'dead' || state === 'held') &&
      (filter.status === undefined || state === filter.status) &&
      (filter.code === undefined || code === filter.code),
  );
  if (shown.length === 0) return null;
  return (
    <ul className="reasons" aria-label="What failed, by reason">
      {shown.map((reason) => (
        <ReasonCard key={`${reason.state}-${reason.code}`} reason={reason} filter={filter} />
      ))}
    </ul>
  );
}

function ReasonCard({ reason, filter }: { readonly reason: ReasonCount; readonly filter: DeliveryFilter }) {
  const { state, code, count, newest_at } = reason;
  const { data: attachments = [] } = useAttachments();
  const [asked, setAsked] = useState<Selection>();
  const [only] = attachments;
  const about =
    attachments.find(({ id }) => id === filter.integration_id) ??
    (attachments.length === 1 ? only : undefined);
  const selection: Selection = { filter: { ...filter, status: state, code } };
  return (
    <li className="card reason">
      <div className="row row-apart">
        <span className="strong">{reasonOf(code).title}</span>
        <Badge
          tone={DELIVERY_WORDS[state].tone}
        >{`${amountOf(count)} ${DELIVERY_WORDS[state].label.toLowerCase()}`}</Badge>
      </div>
      {newest_at !== undefined && (
        <p className="faint small">
          Last <Ago at={newest_at} />
        </p>
      )}
      <div className="row">
        <Link className="button button-small" href={to('deliveries', {}, { ...filter, status: state, code })}>
          Show them
        </Link>
        <Button small icon="retry" onClick={() => setAsked(selection)}>
          Retry all
        </Button>
        <Remedy code={code} templateId={about?.integration_id} attachmentId={about?.id} />
      </div>
      {asked !== undefined && (
        <ReplayDialog selection={asked} count={count} onClose={() => setAsked(undefined)} />
      )}
    </li>
  );
}
