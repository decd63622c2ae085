/** Deleting with time to change one's mind: the request leaves when the time is over, or when the page goes away. It must not know what is deleted. */

export interface DelayedDelete {
  /** Starts the wait for one. A second call for the same one changes nothing. */
  start(id: string): void;
  /** True when it was still time. */
  undo(id: string): boolean;
  /** Ids that will be deleted, for not showing them any more. */
  waiting(): ReadonlySet<string>;
  /** Sends everything that waits at once; for when the page goes away. */
  flush(): void;
  subscribe(changed: () => void): () => void;
}

export interface DelayedDeletePorts {
  /** `leaving`: the page goes away, so the request must outlive it. */
  readonly send: (id: string, leaving: boolean) => void;
  readonly after: (delayMs: number, run: () => void) => () => void;
}

export const UNDO_MS = 10_000;

export function createDelayedDelete({ send, after }: DelayedDeletePorts): DelayedDelete {
  const cancels = new Map<string, () => void>();
  const listeners = new Set<() => void>();
  let waiting: ReadonlySet<string> = new Set();
  const tell = (): void => {
    waiting = new Set(cancels.keys());
    for (const listener of listeners) listener();
  };
  return {
    start: (id) => {
      if (cancels.has(id)) return;
      cancels.set(
        id,
        after(UNDO_MS, () => {
          cancels.delete(id);
          send(id, false);
          tell();
        }),
      );
      tell();
    },
    undo: (id) => {
      const cancel = cancels.get(id);
      cancel?.();
      cancels.delete(id);
      tell();
      return cancel !== undefined;
    },
    waiting: () => waiting,
    flush: () => {
      for (const [id, cancel] of cancels) {
        cancel();
        send(id, true);
      }
      cancels.clear();
      tell();
    },
    subscribe: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
}
