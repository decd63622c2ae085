/** Reads Retry-After. It must not know who said it. */

const DEFAULT_WAIT_MS = 30_000;
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 86_400_000;

/**
 * The earliest moment (ms since 1970) at which a request may be tried again: from whole or decimal seconds or an HTTP date;
 * 30 s from now where the header says nothing readable; at least 1 s and at most a day from now. A date is held against
 * the answer's own `Date` where there is one: how long to wait is the vendor's word, whatever our clock says.
 */
export function pauseUntilMs(headers: Readonly<Record<string, string>>, nowMs: number): number {
  const saidAtMs = dateIn(headers['date']) ?? nowMs;
  const waitMs = waitOf(headers['retry-after']?.trim() ?? '', saidAtMs) ?? DEFAULT_WAIT_MS;
  return nowMs + Math.min(Math.max(waitMs, MIN_WAIT_MS), MAX_WAIT_MS);
}

function waitOf(text: string, saidAtMs: number): number | undefined {
  if (/^\d{1,10}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const atMs = dateIn(text);
  return atMs === undefined ? undefined : atMs - saidAtMs;
}

function dateIn(text = ''): number | undefined {
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}
