/** What every part of the simulated account is handed: its rows, its switches, its clock, its own address. */
import type { Settings } from './settings.ts';
import type { AccountState } from './state/state.ts';
import type { ZoneDates } from './zone.ts';

export interface Context {
  readonly state: AccountState;
  /** The settings as they are now; read them anew for each request. */
  settings(): Settings;
  changeSettings(changes: Partial<Settings>): void;
  /** Milliseconds since 1970. */
  now(): number;
  dates(): ZoneDates;
  /** The account's own address with a path below `/api/3`, as `links` hold it. */
  link(path: string): string;
}
