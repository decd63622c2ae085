/** Keeps lines about one trouble from filling the log. It must not know what the lines say. */
import type { Clock } from '../../clock.ts';

/** Calls `say` at most once per key and interval; `times` counts what happened since the last time, this one included. */
export type Seldom = (key: string, say: (times: number) => void) => void;

interface Trouble {
  readonly saidAtMs: number;
  readonly silent: number;
}

/** Above `maxKeys` the key that was said longest ago is forgotten. */
export function createSeldom(clock: Pick<Clock, 'now'>, everyMs: number, maxKeys: number): Seldom {
  /** Said longest ago first. */
  const troubles = new Map<string, Trouble>();
  return (key, say) => {
    const nowMs = clock.now();
    const known = troubles.get(key);
    if (known !== undefined && nowMs - known.saidAtMs < everyMs) {
      troubles.set(key, { ...known, silent: known.silent + 1 });
      return;
    }
    troubles.delete(key);
    troubles.set(key, { saidAtMs: nowMs, silent: 0 });
    const [oldest] = troubles.keys();
    if (troubles.size > maxKeys && oldest !== undefined) troubles.delete(oldest);
    say((known?.silent ?? 0) + 1);
  };
}
