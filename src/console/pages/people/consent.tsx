/** What a person agreed to: what holds now, and how it came about. It must not know how consent is judged. */
import type { ConsentChange, PersonDetail } from '../../api/answers.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { Badge } from '../../ui/badge.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Clock } from '../../ui/time.tsx';
import { eventTitle } from '../events/event-page.tsx';
import { presentChoices } from './present-choices.ts';

export function Consent({ person }: { readonly person: PersonDetail }) {
  const choices = presentChoices(person.consent);
  if (choices.length === 0) {
    return (
      <p className="card-body soft">
        No decision is recorded. Unknown means no, unless an integration says otherwise.
      </p>
    );
  }
  return (
    <div className="card-body stack">
      <p className="row">
        <span className="soft">Now</span>
        {choices.map(({ category, granted }) => (
          <Badge
            key={category}
            tone={granted ? 'good' : 'consent'}
            icon={granted ? 'check' : 'cross'}
          >{`${category}: ${wordOf(granted)}`}</Badge>
        ))}
      </p>
      <ol className="timeline-small" aria-label="Consent history, newest first">
        {person.consent_history.map((change) => (
          <Change key={`${change.at} ${change.category} ${change.subjects.join(' ')}`} change={change} />
        ))}
      </ol>
      <p className="faint small">
        A decision that was said again unchanged is not listed twice. One that was replaced is kept as long as
        events are.
      </p>
    </div>
  );
}

function Change({ change: { category, granted, at, subjects, event } }: { readonly change: ConsentChange }) {
  return (
    <li className="timeline-step">
      <span className={`timeline-mark tone-${granted ? 'good' : 'consent'}`}>
        <Icon name={granted ? 'check' : 'cross'} />
      </span>
      <div>
        <p className="change-line">
          <span>
            <span className="strong">{category}</span> {wordOf(granted)}
          </span>
          <span className="faint small numbers">
            <Clock at={at} />
          </span>
        </p>
        <p className="soft small wrap-anywhere">
          {event === undefined ? (
            'Said by an event that is no longer kept'
          ) : (
            <>
              Said with <Link href={to('event', { id: event.id })}>{titleOf(event)}</Link>
              {event.library !== undefined && <> through {event.library}</>}
              {event.page !== undefined && <> on {event.page}</>}
            </>
          )}
          <span className="faint"> · for {subjects.map((subject) => subject.slice(2)).join(', ')}</span>
        </p>
      </div>
    </li>
  );
}

function wordOf(granted: boolean): string {
  return granted ? 'granted' : 'refused';
}

function titleOf({ type, name }: NonNullable<ConsentChange['event']>): string {
  return eventTitle({ type, ...(name === undefined ? {} : type === 'track' ? { event: name } : { name }) });
}
