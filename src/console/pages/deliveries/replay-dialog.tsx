/** Sends deliveries again: first how many, then how, then progress. It must not know how a replay works. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Replay, ReplayMapping } from '../../api/answers.ts';
import type { Selection } from '../../api/api.ts';
import { amountOf, countOf, roughDuration } from '../../moments.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote, Note } from '../../ui/notice.tsx';
import { Ago } from '../../ui/time.tsx';

interface ReplayDialogProps {
  readonly selection: Selection;
  /** How many were chosen, where that is known. */
  readonly count?: number;
  readonly onClose: () => void;
}

export function ReplayDialog({ selection, count, onClose }: ReplayDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const [mapping, setMapping] = useState<ReplayMapping>('as_mapped');
  const estimate = useQuery({
    queryKey: ['replay-estimate', selection, mapping],
    queryFn: () => api.estimateReplay(selection, mapping),
    retry: false,
    staleTime: 0,
  });
  const start = useMutation({
    mutationFn: () => api.replay(selection, mapping),
    onSettled: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
  });
  const known = estimate.data?.count ?? count;
  const noun = (amount: number): string => countOf(amount, 'delivery', 'deliveries');
  if (start.data !== undefined) return <ReplayProgress replay={start.data} onClose={onClose} />;
  return (
    <Dialog
      title={known === undefined ? 'Retry' : `Retry ${noun(known)}`}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="main"
            icon="retry"
            busy={start.isPending || estimate.isPending}
            disabled={estimate.data?.count === 0}
            onClick={() => start.mutate()}
          >
            Retry
          </Button>
        </>
      }
    >
      <fieldset className="stack stack-tight">
        <legend className="field-label">With which mapping?</legend>
        <MappingChoice
          chosen={mapping === 'as_mapped'}
          onChoose={() => setMapping('as_mapped')}
          title="As mapped then"
          help="Exactly what was to be sent at the time. Best when the account was the trouble."
        />
        <MappingChoice
          chosen={mapping === 'current'}
          onChoose={() => setMapping('current')}
          title="With today’s blueprint"
          help="The events are mapped anew. Best when the blueprint was the trouble and is mended now."
        />
      </fieldset>
      {estimate.isError && <ErrorNote error={estimate.error} onRetry={() => estimate.refetch()} />}
      {estimate.data !== undefined && (
        <p className="soft" role="status">
          {estimate.data.count === 0
            ? 'Nothing to send: none of these has failed or needs a decision.'
            : `${noun(estimate.data.count)} will join the end of their contacts’ queues`}
          {estimate.data.count > 0 && estimate.data.seconds_at_account_limit !== undefined
            ? `; at the account’s limit that takes about ${roughDuration(Math.max(1, estimate.data.seconds_at_account_limit) * 1000)}.`
            : estimate.data.count > 0
              ? '.'
              : ''}
          {estimate.data.oldest_at !== undefined && (
            <>
              {' '}
              The oldest is from <Ago at={estimate.data.oldest_at} />.
            </>
          )}{' '}
          Consent is asked again before each is sent.
        </p>
      )}
      {start.isError && <ErrorNote error={start.error} />}
    </Dialog>
  );
}

interface MappingChoiceProps {
  readonly chosen: boolean;
  readonly onChoose: () => void;
  readonly title: string;
  readonly help: string;
}

function MappingChoice({ chosen, onChoose, title, help }: MappingChoiceProps) {
  return (
    <label className="choice">
      <input type="radio" name="mapping" checked={chosen} onChange={onChoose} />
      <span>
        <span className="strong">{title}</span>
        <span className="field-help"> {help}</span>
      </span>
    </label>
  );
}

const LOOK_MS = 700;

function ReplayProgress({ replay, onClose }: { readonly replay: Replay; readonly onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const state = useQuery({
    queryKey: ['replay', replay.id],
    queryFn: () => api.replayState(replay.id),
    initialData: replay,
    refetchInterval: ({ state: { data } }) => (data?.state === 'running' ? LOOK_MS : false),
  });
  const cancel = useMutation({
    mutationFn: () => api.cancelReplay(replay.id),
    onSettled: () => queries.invalidateQueries({ queryKey: ['replay', replay.id] }),
  });
  const { done, total, state: word, message, skipped = 0 } = state.data;
  const isRunning = word === 'running';
  return (
    <Dialog
      title={isRunning ? 'Retrying…' : 'Retried'}
      onClose={onClose}
      foot={
        <>
          {isRunning && (
            <Button icon="stop" busy={cancel.isPending} onClick={() => cancel.mutate()}>
              Stop
            </Button>
          )}
          <Button kind="main" onClick={onClose}>
            {isRunning ? 'Go on in the background' : 'Done'}
          </Button>
        </>
      }
    >
      <progress className="progress" aria-label="Progress" max={Math.max(1, total)} value={done} />
      <p className="numbers" role="status">
        {amountOf(done)} of {amountOf(total)} queued
        {skipped > 0 && `, ${amountOf(skipped)} passed over`}.{' '}
        {!isRunning && 'They are delivered at the account’s pace; the list shows each of them.'}
      </p>
      {word === 'cancelled' && <Note tone="quiet">Stopped. What was queued already is sent.</Note>}
      {word === 'failed' && <Note tone="bad">{message ?? 'It ended before its time.'}</Note>}
      {cancel.isError && <ErrorNote error={cancel.error} />}
    </Dialog>
  );
}
