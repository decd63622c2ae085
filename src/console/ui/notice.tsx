/** What a page says when there is nothing, when it waits, when something went wrong. It must not know the page. */
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import type { Tone } from '../words.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

interface NoteProps {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly children: ReactNode;
  /** Buttons beside the words. */
  readonly actions?: ReactNode;
  /** Spoken at once. */
  readonly urgent?: boolean;
}

export function Note({ tone, icon, children, actions, urgent = false }: NoteProps) {
  return (
    <div className={`note tone-${tone}`} role={urgent ? 'alert' : undefined}>
      <Icon name={icon ?? (tone === 'bad' ? 'warn' : tone === 'good' ? 'check' : 'info')} />
      <div className="note-body">
        <div className="note-text">{children}</div>
        {actions !== undefined && <div className="row">{actions}</div>}
      </div>
    </div>
  );
}

/** What went wrong, in the sentence of the service, with its code for whoever helps. */
export function ErrorNote({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { sentence, code } = describe(error);
  return (
    <Note
      tone="bad"
      urgent
      {...(onRetry === undefined
        ? {}
        : {
            actions: (
              <Button small icon="retry" onClick={onRetry}>
                Try again
              </Button>
            ),
          })}
    >
      {sentence} {code !== '' && <code className="faint">{code}</code>}
    </Note>
  );
}

/** The sentence and the code of whatever was thrown. */
export function describe(error: unknown): { readonly sentence: string; readonly code: string } {
  if (error instanceof ApiError) return { sentence: error.message, code: error.code };
  return { sentence: error instanceof Error ? error.message : String(error), code: '' };
}

export function Waiting({ what }: { readonly what: string }) {
  return (
    <div className="waiting" role="status">
      <span className="spinner" />
      {what}
    </div>
  );
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children: ReactNode;
  /** The next step. */
  readonly action?: ReactNode;
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className="empty">
      <span className="empty-mark">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      <p>{children}</p>
      {action !== undefined && <div className="row">{action}</div>}
    </div>
  );
}
