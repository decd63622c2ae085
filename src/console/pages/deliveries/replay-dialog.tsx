/** Sends deliveries again, as mapped then or anew. It must not know how a replay works. */
import { useState } from 'react';
import type { ReplayMapping } from '../../api/answers.ts';
import type { Selection } from '../../api/api.ts';
import { useApi } from '../../service.ts';
import { SendAgain } from './send-again.tsx';

interface ReplayDialogProps {
  readonly selection: Selection;
  /** How many were chosen, where that is known. */
  readonly count?: number;
  readonly onClose: () => void;
}

export function ReplayDialog({ selection, count, onClose }: ReplayDialogProps) {
  const api = useApi();
  const [mapping, setMapping] = useState<ReplayMapping>('as_mapped');
  return (
    <SendAgain
      verb="Retry"
      titles={['Retrying…', 'Retried']}
      outlook="will join the end of their contacts’ queues"
      nouns={['delivery', 'deliveries']}
      count={count}
      choice={[selection, mapping]}
      estimate={() => api.estimateReplay(selection, mapping)}
      start={() => api.replay(selection, mapping)}
      nothing="Nothing to send: none of these has failed or needs a decision."
      onClose={onClose}
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
    </SendAgain>
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
