/** Short messages in the corner that go by themselves, some with a button. It must not know who sends them. */
import { useSyncExternalStore } from 'react';
import { useShortcuts } from '../shortcuts.ts';
import { Button, IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

export interface Message {
  readonly tone: 'good' | 'bad';
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  /** How long it stays; 6 seconds by default. */
  readonly staysMs?: number;
}

interface Shown extends Message {
  readonly id: number;
}

let shown: readonly Shown[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: readonly Shown[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** Shows a message; the answer takes it away. At most three are shown. */
export function say(message: Message): () => void {
  count += 1;
  const id = count;
  const dismiss = (): void => set(shown.filter((other) => other.id !== id));
  set([...shown, { ...message, id }].slice(-3));
  setTimeout(dismiss, message.staysMs ?? 6_000);
  return dismiss;
}

function take(id: number, action: NonNullable<Message['action']>): void {
  action.run();
  set(shown.filter((other) => other.id !== id));
}

/** A message goes before Tab can come to it; its key is there at once. */
const KEYS = {
  u: (): void => {
    const offering = shown.findLast(({ action }) => action !== undefined);
    if (offering?.action !== undefined) take(offering.id, offering.action);
  },
};

export function Messages() {
  const present = useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => shown,
  );
  useShortcuts(KEYS);
  return (
    <div className="messages" role="status" aria-live="polite">
      {present.map(({ id, tone, text, action }) => (
        <div key={id} className={`message message-${tone}`}>
          <Icon name={tone === 'good' ? 'check' : 'warn'} />
          <span className="grow">{text}</span>
          {action !== undefined && (
            <Button small aria-keyshortcuts="u" onClick={() => take(id, action)}>
              {action.label}
            </Button>
          )}
          <IconButton
            icon="cross"
            label="Dismiss"
            small
            onClick={() => set(shown.filter((other) => other.id !== id))}
          />
        </div>
      ))}
    </div>
  );
}
