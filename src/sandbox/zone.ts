/** Writes instants as ActiveCampaign does, in the account's own time zone. It must not know which rows carry them. */

const HOUR_MS = 3_600_000;

/** Dates of one account zone: `iso` as `2026-05-28T03:05:54-05:00`, `local` as `2026-05-28 03:05:54`. */
export interface ZoneDates {
  iso(atMs: number): string;
  local(atMs: number): string;
}

/** Offsets are asked of Intl once an hour of wall time and kept, for Intl is far slower than the arithmetic. */
export function zoneDates(timeZone: string): ZoneDates {
  const offsets = new Map<number, number>();
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });

  const offsetMinutes = (atMs: number): number => {
    const hour = Math.floor(atMs / HOUR_MS);
    const known = offsets.get(hour);
    if (known !== undefined) return known;
    const name =
      format.formatToParts(hour * HOUR_MS).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    const found = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
    const minutes = found ? (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
    offsets.set(hour, minutes);
    return minutes;
  };

  const wall = (atMs: number): string =>
    new Date(atMs + offsetMinutes(atMs) * 60_000).toISOString().slice(0, 19);

  return {
    iso(atMs) {
      const minutes = Math.abs(offsetMinutes(atMs));
      const sign = offsetMinutes(atMs) < 0 ? '-' : '+';
      return `${wall(atMs)}${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
    },
    local: (atMs) => wall(atMs).replace('T', ' '),
  };
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
