/** Keys that work on every page. It must not know what they lead to. */
import { useEffect } from 'react';

/** A second key counts for so long after the first. */
const PAIR_MS = 1_200;

/** Whether a key belongs to what is focused and not to us. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)) ||
    target.closest('dialog, [role="menu"]') !== null
  );
}

/** Listens on the whole document; `handlers` maps one key, or two one after the other (`g e`), to what happens. It should be stable. */
export function useShortcuts(handlers: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    let first = '';
    let firstAt = 0;
    const listen = (event: KeyboardEvent): void => {
      // The text editor stands in a shadow tree, which hides the true target.
      const [target = null] = event.composedPath();
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return;
      const pair = event.timeStamp - firstAt < PAIR_MS ? `${first} ${event.key}` : '';
      const handler = handlers[pair] ?? handlers[event.key];
      first = event.key;
      firstAt = event.timeStamp;
      if (handler === undefined) return;
      event.preventDefault();
      handler();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [handlers]);
}

/** Puts the cursor into the page's search field. */
export function focusSearch(): void {
  const field = document.querySelector('[data-shortcut="search"]');
  if (field instanceof HTMLElement) field.focus();
}
