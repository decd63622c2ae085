/** What can be done with the selected deliveries, or with all that fit. It must not know how it is done. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Delivery } from '../../api/answers.ts';
import type { DeliveryFilter, Selection } from '../../api/api.ts';
import { countOf } from '../../moments.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { say } from '../../ui/messages.tsx';
import { ErrorNote } from '../../ui/notice.tsx';
import { ReplayDialog } from './replay-dialog.tsx';

interface BulkBarProps {
  readonly shown: readonly Delivery[];
  readonly marked: ReadonlySet<string>;
  readonly onMark: (marked: ReadonlySet<string>) => void;
  readonly filter: DeliveryFilter;
  /** What is asked to be sent again; the dialog is open for as long as it is there. */
  readonly asked: Selection | undefined;
  readonly onAsk: (selection: Selection | undefined) => void;
}

/** The API takes no more ids at once; all that match can always be retried by the filter. */
const MOST_AT_ONCE = 1_000;

export function BulkBar({ shown, marked, onMark, filter, asked, onAsk }: BulkBarProps) {
  const [discarding, setDiscarding] = useState<Selection>();
  const chosen = shown.filter(({ id }) => marked.has(id)).map(({ id }) => id);
  const atOnce = shown.slice(0, MOST_AT_ONCE);
  const isHeld = filter.status === 'held';
  return (
    <section className="float-bar bulk" aria-label="Selected deliveries">
      {chosen.length === 0 ? (
        <>
          <span className="soft">Select some, or</span>
          <Button small icon="retry" onClick={() => onAsk({ filter })}>
            Retry all that match
          </Button>
          {isHeld && (
            <Button small kind="quiet" onClick={() => setDiscarding({ filter })}>
              Discard all that match
            </Button>
          )}
          <span className="grow" />
          <Button small kind="quiet" onClick={() => onMark(new Set(atOnce.map(({ id }) => id)))}>
            Select the {atOnce.length} newest
          </Button>
        </>
      ) : (
        <>
          <span className="strong" role="status">
            {countOf(chosen.length, 'delivery', 'deliveries')} selected
          </span>
          <Button small kind="main" icon="retry" onClick={() => onAsk({ ids: chosen })}>
            Retry
          </Button>
          {isHeld && (
            <Button small onClick={() => setDiscarding({ ids: chosen })}>
              Discard
            </Button>
          )}
          <span className="grow" />
          <Button small kind="quiet" onClick={() => onMark(new Set())}>
            Select none
          </Button>
        </>
      )}
      {asked !== undefined && (
        <ReplayDialog
          selection={asked}
          {...('ids' in asked ? { count: asked.ids.length } : {})}
          onClose={() => {
            onAsk(undefined);
            onMark(new Set());
          }}
        />
      )}
      {discarding !== undefined && (
        <DiscardDialog
          selection={discarding}
          onClose={() => {
            setDiscarding(undefined);
            onMark(new Set());
          }}
        />
      )}
    </section>
  );
}

function DiscardDialog({
  selection,
  onClose,
}: {
  readonly selection: Selection;
  readonly onClose: () => void;
}) {
  const api = useApi();
  const queries = useQueryClient();
  const discard = useMutation({
    mutationFn: () => api.discard(selection),
    onSuccess: ({ cancelled }) => {
      say({ tone: 'good', text: `${countOf(cancelled, 'delivery', 'deliveries')} discarded.` });
      void queries.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog
      title="Discard without sending?"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button kind="danger" busy={discard.isPending} onClick={() => discard.mutate()}>
            Discard
          </Button>
        </>
      }
    >
      <p className="soft">
        {'ids' in selection ? countOf(selection.ids.length, 'delivery', 'deliveries') : 'All that match'} will
        be marked as cancelled and never sent again. Choose this when you have seen in the account that they
        arrived.
      </p>
      {discard.isError && <ErrorNote error={discard.error} />}
    </Dialog>
  );
}
