/** Times and amounts as people read them. It must not know the clock: now is given. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `just now`, `42 s ago`, `3 h ago`, `in 5 min`; a date beyond a week. */
export function relativeTime(atMs: number, nowMs: number): string {
  const distance = Math.abs(nowMs - atMs);
  if (distance < 2 * SECOND_MS) return 'just now';
  if (distance >= 7 * DAY_MS) return dayOf(atMs);
  const text = roughDuration(distance);
  return atMs > nowMs ? `in ${text}` : `${text} ago`;
}

/** One unit, rounded down: `59 s`, `3 min`, `2 h`, `6 d`. */
export function roughDuration(durationMs: number): string {
  if (durationMs < SECOND_MS) return `${Math.max(0, Math.round(durationMs))} ms`;
  if (durationMs < MINUTE_MS) return `${Math.floor(durationMs / SECOND_MS)} s`;
  if (durationMs < HOUR_MS) return `${Math.floor(durationMs / MINUTE_MS)} min`;
  if (durationMs < DAY_MS) return `${Math.floor(durationMs / HOUR_MS)} h`;
  return `${Math.floor(durationMs / DAY_MS)} d`;
}

/** Milliseconds for small ones, one digit after the point for seconds. */
export function preciseDuration(durationMs: number): string {
  if (durationMs < SECOND_MS) return `${Math.round(durationMs)} ms`;
  if (durationMs < MINUTE_MS) return `${(durationMs / SECOND_MS).toFixed(1)} s`;
  return roughDuration(durationMs);
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
const amount = new Intl.NumberFormat('en-US');
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** `14:03:59`, in the reader's time zone. */
export function clockOf(atMs: number): string {
  return clock.format(atMs);
}

/** `3 Feb 2026`. */
export function dayOf(atMs: number): string {
  return day.format(atMs);
}

export function wholeTime(atMs: number): string {
  return whole.format(atMs);
}

/** `12,345`. */
export function amountOf(count: number): string {
  return amount.format(count);
}

/** `12.3K`, for narrow places. */
export function shortAmount(count: number): string {
  return count < 10_000 ? amount.format(count) : short.format(count);
}

/** `1 event`, `2 events`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${amountOf(count)} ${count === 1 ? noun : plural}`;
}
