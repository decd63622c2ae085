/** Everything that was sent again: how far it is, how it ended, and a way to stop it. It must not know how a replay works. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Replay } from '../../api/answers.ts';
import { amountOf } from '../../moments.ts';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Empty, ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Ago } from '../../ui/time.tsx';
import type { Word } from '../../words.ts';

const LOOK_MS = 700;

const STATES = {
  running: { label: 'Running', tone: 'wait', meaning: 'Deliveries are being queued again.' },
  done: { label: 'Done', tone: 'good', meaning: 'All of them were queued again.' },
  cancelled: { label: 'Stopped', tone: 'quiet', meaning: 'What was queued before is sent.' },
  failed: { label: 'Failed', tone: 'bad', meaning: 'It ended before its time.' },
} as const satisfies Record<Replay['state'], Word>;

export function Replays() {
  const api = useApi();
  const replays = useQuery({
    queryKey: ['replays'],
    queryFn: api.replays,
    select: ({ data }) => data,
    refetchInterval: ({ state }) =>
      state.data?.data.some((replay) => replay.state === 'running') === true ? LOOK_MS : false,
  });
  return (
    <Page
      title="Retries"
      lead="What was sent again, newest first. One runs at a time; it goes on when you leave."
      crumbs={[{ label: 'Deliveries', href: to('deliveries') }]}
    >
      {replays.isPending && <Waiting what="Loading…" />}
      {replays.isError && <ErrorNote error={replays.error} onRetry={() => replays.refetch()} />}
      {replays.data?.length === 0 && (
        <div className="card">
          <Empty
            icon="retry"
            title="Nothing was sent again yet"
            action={<ButtonLink href={to('deliveries', {}, { status: 'dead' })}>See what failed</ButtonLink>}
          >
            Deliveries that failed can be retried one by one, or all that match a filter; so can events that a
            rule refused.
          </Empty>
        </div>
      )}
      {replays.data !== undefined && replays.data.length > 0 && (
        <ul className="card" aria-label="Retries, newest first">
          {replays.data.map((replay) => (
            <ReplayLine key={replay.id} replay={replay} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function ReplayLine({ replay }: { readonly replay: Replay }) {
  const { id, state, of, mapping, total, done, skipped = 0, created_at, message } = replay;
  const api = useApi();
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => api.cancelReplay(id),
    onSettled: () => queries.invalidateQueries({ queryKey: ['replays'] }),
  });
  const { label, tone, meaning } = STATES[state];
  return (
    <li className="list-line stack stack-tight">
      <div className="row row-apart">
        <span className="row">
          <Badge tone={tone} title={meaning}>
            {label}
          </Badge>
          <span className="strong">
            {of === 'events'
              ? 'Events mapped anew'
              : mapping === 'current'
                ? 'Mapped anew'
                : 'As mapped then'}
          </span>
          <span className="faint small">
            <Ago at={created_at} />
          </span>
        </span>
        {state === 'running' && (
          <Button small icon="stop" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Stop
          </Button>
        )}
      </div>
      {state === 'running' && (
        <progress className="progress" aria-label="Progress" max={Math.max(1, total)} value={done} />
      )}
      <p className="soft small numbers">
        {amountOf(done)} of {amountOf(total)} queued again
        {skipped > 0 && `, ${amountOf(skipped)} passed over`}.{message !== undefined && ` ${message}`}
      </p>
      {cancel.isError && <ErrorNote error={cancel.error} />}
    </li>
  );
}
