/** The dialog before something is sent again, how many it is first, and then its progress. It must not know what is sent. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Replay, ReplayEstimate } from '../../api/answers.ts';
import { amountOf, countOf, roughDuration } from '../../moments.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote, Note } from '../../ui/notice.tsx';
import { Ago } from '../../ui/time.tsx';

interface SendAgainProps {
  readonly verb: string;
  /** While it runs, and after it. */
  readonly titles: readonly [string, string];
  /** One, and several. */
  readonly nouns: readonly [string, string];
  /** How many were chosen, where that is known. */
  readonly count?: number | undefined;
  /** Names the estimate: with another key it is asked for anew. */
  readonly choice: unknown;
  readonly estimate: () => Promise<ReplayEstimate>;
  readonly start: () => Promise<Replay>;
  /** What becomes of them, after their number; a full stop or more follows. */
  readonly outlook: string;
  /** Said where nothing of what was chosen can be sent. */
  readonly nothing: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function SendAgain(props: SendAgainProps) {
  const { verb, titles, nouns, count, choice, outlook, nothing, onClose, children } = props;
  const queries = useQueryClient();
  const estimate = useQuery({
    queryKey: ['replay-estimate', nouns[1], choice],
    queryFn: props.estimate,
    retry: false,
    staleTime: 0,
  });
  const start = useMutation({
    mutationFn: props.start,
    onSettled: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
  });
  const known = estimate.data?.count ?? count;
  const noun = (amount: number): string => countOf(amount, ...nouns);
  if (start.data !== undefined)
    return <ReplayProgress replay={start.data} titles={titles} onClose={onClose} />;
  return (
    <Dialog
      title={known === undefined ? verb : `${verb} ${noun(known)}`}
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
            {verb}
          </Button>
        </>
      }
    >
      {children}
      {estimate.isError && <ErrorNote error={estimate.error} onRetry={() => estimate.refetch()} />}
      {estimate.data !== undefined && (
        <p className="soft" role="status">
          {estimate.data.count === 0 ? (
            nothing
          ) : (
            <Outlook estimate={estimate.data} what={`${noun(estimate.data.count)} ${outlook}`} />
          )}{' '}
          Consent is asked again before each is sent.
        </p>
      )}
      {start.isError && <ErrorNote error={start.error} />}
    </Dialog>
  );
}

interface OutlookProps {
  readonly estimate: ReplayEstimate;
  readonly what: string;
}

function Outlook({ estimate: { oldest_at, seconds_at_account_limit }, what }: OutlookProps) {
  return (
    <>
      {what}
      {seconds_at_account_limit === undefined
        ? '.'
        : `; at the account’s limit that takes about ${roughDuration(Math.max(1, seconds_at_account_limit) * 1000)}.`}
      {oldest_at !== undefined && (
        <>
          {' '}
          The oldest is from <Ago at={oldest_at} />.
        </>
      )}
    </>
  );
}

const LOOK_MS = 700;

interface ReplayProgressProps {
  readonly replay: Replay;
  readonly titles: readonly [string, string];
  readonly onClose: () => void;
}

function ReplayProgress({ replay, titles: [during, after], onClose }: ReplayProgressProps) {
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
      title={isRunning ? during : after}
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
