/** Reads Retry-After. It must not know who said it. */

const DEFAULT_WAIT_MS = 30_000;
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 3_600_000;

/**
 * The earliest moment (ms since 1970) at which a request may be tried again: from whole or decimal seconds or an HTTP date;
 * 30 s from now where the header says nothing readable; at least 1 s and at most 1 h from now.
 */
export function pauseUntilMs(header: string | undefined, nowMs: number): number {
  const waitMs = waitOf(header?.trim() ?? '', nowMs) ?? DEFAULT_WAIT_MS;
  return nowMs + Math.min(Math.max(waitMs, MIN_WAIT_MS), MAX_WAIT_MS);
}

function waitOf(text: string, nowMs: number): number | undefined {
  if (/^\d{1,10}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs - nowMs;
}
