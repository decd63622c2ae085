/** Maps events anew and sends what was not sent then: of one event, or of all that fit. It must not know how a replay works. */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReceivedEvent } from '../../api/answers.ts';
import type { EventFilter, EventSelection } from '../../api/api.ts';
import { mayMapAnew, missedEvents } from '../../missed-events.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { SendAgain } from '../deliveries/send-again.tsx';

/** Of an event that an integration did not send, whole or in part. Once pressed it stays, so that the dialog and the focus have a home. */
export function MapAnew({ event }: { readonly event: ReceivedEvent }) {
  const [wasAsked, setWasAsked] = useState(false);
  if (!wasAsked && !event.verdicts.some(mayMapAnew)) return null;
  return (
    <MapAnewButton
      selection={{ ids: [event.id] }}
      label="Send again"
      isSmall
      onAsk={() => setWasAsked(true)}
    />
  );
}

/** Of all events that fit, where the filter names those that were not sent and says nothing that a replay cannot. */
export function MapAllAnew({ filter }: { readonly filter: EventFilter }) {
  const selection = missedEvents(filter);
  return selection === undefined ? null : <MapAnewButton selection={selection} label="Send all again" />;
}

interface MapAnewButtonProps {
  readonly selection: EventSelection;
  readonly label: string;
  readonly isSmall?: boolean;
  readonly onAsk?: () => void;
}

function MapAnewButton({ selection, label, isSmall = false, onAsk }: MapAnewButtonProps) {
  const api = useApi();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const ask = (): void => {
    setAsking(true);
    onAsk?.();
  };
  const close = (): void => {
    setAsking(false);
    queries.invalidateQueries({ queryKey: ['event'] });
  };
  return (
    <>
      <Button small={isSmall} icon="retry" onClick={ask}>
        {label}
      </Button>
      {asking && (
        <SendAgain
          verb="Send"
          titles={['Sending…', 'Sent']}
          nouns={['event', 'events']}
          choice={selection}
          estimate={() => api.estimateEventReplay(selection)}
          start={() => api.replayEvents(selection)}
          outlook="will be mapped anew; the deliveries join the end of their contacts’ queues"
          nothing="Nothing to send: all of it was sent, or consent was missing."
          onClose={close}
        >
          <p>
            Today’s blueprint maps them, so mend that first. What was sent already is not sent again. What an
            old event says of a contact comes after what newer ones said.
          </p>
        </SendAgain>
      )}
    </>
  );
}
