/** A moment, told by its distance from now, with the whole time at hand. It must not know what happened then. */
import { useSyncExternalStore } from 'react';
import { clockOf, dayOf, relativeTime, wholeTime } from '../moments.ts';

const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  if (timer === undefined) {
    nowMs = Date.now();
    timer = setInterval(tick, 5_000);
  }
  return () => {
    listeners.delete(changed);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The present time, renewed every five seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

export function Ago({ at }: { readonly at: string }) {
  const now = useNow();
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={wholeTime(atMs)}>
      {relativeTime(atMs, Math.max(now, atMs < Date.now() ? atMs : now))}
    </time>
  );
}

/** The time of day; with the date when it was not within the last day. */
export function Clock({ at }: { readonly at: string }) {
  const now = useNow();
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={wholeTime(atMs)}>
      {now - atMs > 20 * 3_600_000 ? `${dayOf(atMs)} ` : ''}
      {clockOf(atMs)}
    </time>
  );
}
