/** An event log in memory that keeps the port's promises, and can be told to fail. */
import type { EventLog, LoggedEvent, NewEvent } from '../../src/store/ports/event-log.ts';

export interface MemoryLog extends EventLog {
  readonly events: LoggedEvent[];
  /** Every append rejects with this until it is undefined again. */
  failure: Error | undefined;
}

export function memoryLog(): MemoryLog {
  const events: LoggedEvent[] = [];
  const seen = new Set<string>();
  const hints = new Set<() => void>();
  const store = (event: NewEvent): 'stored' | 'duplicate' => {
    const key = JSON.stringify([event.pipelineId, event.event.messageId]);
    if (seen.has(key)) return 'duplicate';
    seen.add(key);
    const seq = events.length + 1;
    events.push({ ...event, seq, id: `evt_${seq}` });
    return 'stored';
  };
  return {
    events,
    failure: undefined,
    async append(added) {
      await new Promise(setImmediate);
      if (this.failure !== undefined) throw this.failure;
      const verdicts = added.map(store);
      for (const hint of hints) hint();
      return verdicts;
    },
    read: async (after, limit) => events.slice(after, after + limit),
    readMany: async (seqs) => events.filter((event) => seqs.includes(event.seq)),
    bytesOf: async (seqs) =>
      events
        .filter(({ seq }) => seqs.includes(seq))
        .reduce((sum, { event }) => sum + JSON.stringify(event).length, 0),
    head: async () => events.length,
    onAppend(hint) {
      hints.add(hint);
      return () => hints.delete(hint);
    },
  };
}
