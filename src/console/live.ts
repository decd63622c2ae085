/** The one connection to the event stream, shared by all pages: who listens gets entries in batches. It must not know any page. */
import type { Client } from './api/client.ts';
import { followStream, type StreamEntry, type StreamState } from './api/stream.ts';

export interface Live {
  /** Opens the stream; the answer closes it. */
  start(): () => void;
  state(): StreamState;
  onState(changed: () => void): () => void;
  onEntries(listener: (entries: readonly StreamEntry[]) => void): () => void;
}

/** After entries were told, those of this time are told together, so that a burst is one rendering and not a thousand. */
const BATCH_MS = 100;

export function createLive(client: Pick<Client, 'open'>): Live {
  const listeners = new Set<(entries: readonly StreamEntry[]) => void>();
  const stateListeners = new Set<() => void>();
  let state: StreamState = 'connecting';
  let batch: StreamEntry[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = (): void => {
    timer = undefined;
    if (batch.length === 0) return;
    const entries = batch;
    batch = [];
    timer = setTimeout(flush, BATCH_MS);
    for (const listener of listeners) listener(entries);
  };
  return {
    start: () => {
      const ending = new AbortController();
      void followStream({
        client,
        signal: ending.signal,
        wait,
        onEntries: (entries) => {
          batch.push(...entries);
          if (timer === undefined) flush();
        },
        onState: (next) => {
          state = next;
          for (const changed of stateListeners) changed();
        },
      });
      return () => ending.abort();
    },
    state: () => state,
    onState: (changed) => {
      stateListeners.add(changed);
      return () => stateListeners.delete(changed);
    },
    onEntries: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
