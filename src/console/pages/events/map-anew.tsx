/** Maps events anew and sends what was not sent then: of one event, or of all that fit. It must not know how a replay works. */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReceivedEvent } from '../../api/answers.ts';
import type { EventFilter, EventSelection } from '../../api/api.ts';
import { mayMapAnew, missedEvents } from '../../missed-events.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { SendAgain } from '../deliveries/send-again.tsx';

/** Of an event that an integration did not send, whole or in part. */
export function MapAnew({ event }: { readonly event: ReceivedEvent }) {
  return event.verdicts.some(mayMapAnew) ? (
    <MapAnewButton selection={{ ids: [event.id] }} label="Send again" isSmall />
  ) : null;
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
}

function MapAnewButton({ selection, label, isSmall = false }: MapAnewButtonProps) {
  const api = useApi();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const close = (): void => {
    setAsking(false);
    queries.invalidateQueries({ queryKey: ['event'] });
  };
  return (
    <>
      <Button small={isSmall} icon="retry" onClick={() => setAsking(true)}>
        {label}
      </Button>
      {asking && (
        <SendAgain
          verb="Send"
          nouns={['event', 'events']}
          choice={selection}
          estimate={() => api.estimateEventReplay(selection)}
          start={() => api.replayEvents(selection)}
          nothing="Nothing to send: everything that the rules made of these was sent."
          onClose={close}
        >
          <p>
            They are mapped anew with today’s blueprint, so mend that first. What was sent of them already is
            not sent again.
          </p>
        </SendAgain>
      )}
    </>
  );
}
