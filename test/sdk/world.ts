/** A clock that only moves when told, and an ingestion that answers as told. It must not know which client is tested. */
import type { Ports } from '../../src/sdk/ports.ts';
import type { WireEvent } from '../../src/sdk/wire.ts';

/** A node client says `events`, a page `batch` and `writeKey`. */
export interface Body {
  readonly writeKey?: string;
  readonly sentAt: string;
  readonly events?: readonly WireEvent[];
  readonly batch?: readonly WireEvent[];
}

export const eventsOf = ({ events, batch }: Body): readonly WireEvent[] => events ?? batch ?? [];

export interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly keepalive: boolean;
  readonly body: Body;
  readonly atMs: number;
}

export type Reply =
  | 'drop'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };

export interface World {
  readonly ports: Ports;
  /** Every request, in order. */
  readonly sent: Sent[];
  /** The messageIds that ingestion took, in order, repeats included. */
  readonly taken: string[];
  /** Answers to come, first in first out; when none is left, `otherwise`. */
  readonly replies: Reply[];
  otherwise: Reply;
  /** Moves the clock, firing what falls due on the way. */
  advance(byMs: number): Promise<void>;
}

export const OK: Reply = { status: 200, body: { success: true } };
export const START_MS = Date.parse('2026-08-01T00:00:00.000Z');

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function createWorld(startMs = START_MS): World {
  let nowMs = startMs;
  let timers: { readonly dueMs: number; readonly run: () => void }[] = [];
  const sent: Sent[] = [];
  const taken: string[] = [];
  const replies: Reply[] = [];

  const fetch: Ports['fetch'] = async (input, init) => {
    const body: Body = JSON.parse(String(init?.body));
    sent.push({
      url: String(input),
      headers: new Headers(init?.headers),
      keepalive: init?.keepalive ?? false,
      body,
      atMs: nowMs,
    });
    const reply = replies.shift() ?? world.otherwise;
    if (reply === 'drop') throw new TypeError('fetch failed');
    if (reply.status < 300) {
      taken.push(...eventsOf(body).map((event) => event.messageId));
    }
    return new Response(JSON.stringify(reply.body ?? {}), {
      status: reply.status,
      headers: reply.headers ?? {},
    });
  };

  const world: World = {
    sent,
    taken,
    replies,
    otherwise: OK,
    ports: {
      now: () => nowMs,
      after(delayMs, run) {
        const timer = { dueMs: nowMs + delayMs, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
      random: () => 0.5,
      fetch,
    },
    async advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        await settle();
        const next = timers.toSorted((a, b) => a.dueMs - b.dueMs).find((timer) => timer.dueMs <= untilMs);
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.run();
      }
      nowMs = untilMs;
    },
  };
  return world;
}
