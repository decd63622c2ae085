/** The table of switches: everything about a simulated account that can be set, with the reason for each default. */
import { isObject } from './json.ts';
import { isTimeZone } from './zone.ts';

/**
 * How well a default is known: `documented` by the vendor, `observed` in recorded exchanges or client code,
 * `unknown` at the vendor (our choice, usually the worse case), or `ours` (a switch of the simulation itself).
 */
export type Knowledge = 'documented' | 'observed' | 'unknown' | 'ours';

interface Described {
  readonly label: string;
  readonly help: string;
  readonly known: Knowledge;
}
export type Switch = Described &
  (
    | { readonly kind: 'number'; readonly default: number; readonly min: number; readonly max: number }
    | { readonly kind: 'flag'; readonly default: boolean }
    | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
    | { readonly kind: 'zone'; readonly default: string }
  );

const number = (value: number, min: number, max: number, known: Knowledge, label: string, help: string) =>
  ({ kind: 'number', default: value, min, max, known, label, help }) as const;
const flag = (value: boolean, known: Knowledge, label: string, help: string) =>
  ({ kind: 'flag', default: value, known, label, help }) as const;
const choice = <const C extends readonly [string, ...string[]]>(
  choices: C,
  known: Knowledge,
  label: string,
  help: string,
) => ({ kind: 'choice', default: choices[0], choices, known, label, help }) as const;

/** The first choice of each is the default. Zero turns a limit or a delay off. */
export const SWITCHES = {
  speed: number(
    1,
    0.1,
    10_000,
    'ours',
    'Speed',
    'Runs every limit and every wait of the account this many times faster.',
  ),
  time_zone: {
    kind: 'zone',
    default: 'America/Chicago',
    known: 'observed',
    label: 'Time zone of the account',
    help: 'All dates are written in it, the ones called utc included, as recorded.',
  },

  rate_limit_per_second: number(
    5,
    0,
    1e6,
    'documented',
    'Requests per second',
    'Shared by every key of the account.',
  ),
  rate_limit_window: choice(
    ['bucket', 'sliding'],
    'unknown',
    'Shape of the limit',
    'A bucket refilled evenly, or never more than the limit in any second.',
  ),
  rate_limit_counts_rejected: flag(
    false,
    'unknown',
    'Refused calls count',
    'Whether a call that was refused for the rate uses up budget too.',
  ),
  rate_limit_status: choice(
    ['429', '503'],
    'documented',
    'Status when over the limit',
    '429 is documented; users also meet 503.',
  ),
  rate_limit_body: choice(
    ['empty', 'json', 'html'],
    'unknown',
    'Body when over the limit',
    'The vendor documents none.',
  ),
  rate_limit_headers: flag(
    false,
    'observed',
    'RateLimit headers',
    'Documented as RateLimit-Limit and RateLimit-Remaining, absent from recorded answers.',
  ),
  retry_after_seconds: number(
    30,
    0,
    3600,
    'documented',
    'Retry-After',
    'Seconds; divided by the speed and rounded up. 0 leaves the header out.',
  ),
  bulk_requests_per_minute: number(
    100,
    0,
    1e6,
    'documented',
    'Imports a minute',
    'Bulk imports of several contacts.',
  ),
  bulk_single_requests_per_minute: number(
    20,
    0,
    1e6,
    'documented',
    'Single imports a minute',
    'Bulk imports of one contact.',
  ),
  tracking_limit_per_second: number(
    0,
    0,
    1e6,
    'unknown',
    'Tracked events per second',
    'The vendor names no limit for its tracking host.',
  ),

  auth_failure: choice(
    ['403_empty', '403_message', '200_html', '401'],
    'observed',
    'Answer to a wrong key',
    'The first is observed most; a login page and 401 are reported too.',
  ),

  email_case: choice(
    ['exact', 'fold'],
    'unknown',
    'Case of addresses',
    'Whether Jane@x.com and jane@x.com are two contacts or one.',
  ),
  sync_update_status: choice(
    ['200', '201'],
    'observed',
    'Status of a sync that updates',
    '200 is recorded, 201 is the only one documented.',
  ),
  search_delay_ms: number(
    0,
    0,
    600_000,
    'unknown',
    'Search delay',
    'Milliseconds until a new contact is found by search and email_like.',
  ),
  deleted_contacts: choice(
    ['gone', 'tombstone'],
    'observed',
    'Deleted contacts',
    'Documented as gone; some ids still resolve, with a deleted+id address.',
  ),
  list_change_touches_contact: flag(
    false,
    'unknown',
    'A list change dates the contact',
    'Whether subscribing or leaving a list moves udate.',
  ),
  exclusions_block_sync: flag(
    false,
    'unknown',
    'Exclusions stop contact/sync',
    'They stop bulk imports for certain; for sync nothing is said.',
  ),
  fields_page_size: number(
    20,
    1,
    100,
    'observed',
    'Fields on a page',
    'When limit is left out: 20 everywhere else, 100 by one document.',
  ),
  bad_option_value: choice(
    ['accept', 'refuse'],
    'unknown',
    'Unknown option or bad date',
    'Whether such a field value is stored or answered with 422.',
  ),
  duplicate_tag_status: choice(
    ['422', '400'],
    'unknown',
    'Status for a tag that exists',
    'That it is refused is known, the status is not.',
  ),
  cart_filter: choice(
    ['applied', 'ignored'],
    'observed',
    'Filter of orders by the cart’s id',
    'That it may let everything pass has been reported.',
  ),
  duplicate_event_name: choice(
    ['accept', 'refuse'],
    'unknown',
    'An event name that exists',
    'Answered like a new one, or refused with 422.',
  ),

  bulk_import_ms: number(
    1000,
    0,
    3_600_000,
    'unknown',
    'Duration of an import',
    'Milliseconds from queued to completed, divided by the speed.',
  ),
  bulk_failure_index_base: choice(
    ['1', '0'],
    'unknown',
    'First index of a failed row',
    'Whether failureReasons count contacts from 1 or from 0.',
  ),

  event_tracking_enabled: flag(
    true,
    'ours',
    'Event tracking',
    'While off, events are answered with success and forgotten.',
  ),
  site_tracking_enabled: flag(true, 'ours', 'Site tracking', 'As PUT siteTracking sets it.'),
  unknown_contact_event: choice(
    ['forget', 'create'],
    'unknown',
    'Event of an unknown address',
    'Answered with success and forgotten, or the contact is made.',
  ),
  event_names: choice(
    ['open', 'listed'],
    'documented',
    'New event names',
    'Added when first sent, or only those added through the API are kept.',
  ),
  event_name_limit: number(
    32,
    0,
    1000,
    'documented',
    'Length of an event name',
    'Longer names are cut. 0 keeps them whole.',
  ),
  event_value_limit: number(
    250,
    0,
    100_000,
    'unknown',
    'Length of an event value',
    'Longer values are cut; both documented examples end there. 0 keeps them whole.',
  ),
  tracking_failure_status: choice(
    ['200', '400'],
    'unknown',
    'Status of a refused event',
    'The body says success 0 either way.',
  ),
} satisfies Record<string, Switch>;

type Value<S> = S extends { readonly kind: 'number' }
  ? number
  : S extends { readonly kind: 'flag' }
    ? boolean
    : S extends { readonly choices: infer C extends readonly string[] }
      ? C[number]
      : string;

export type SettingName = keyof typeof SWITCHES;
export type Settings = { readonly [N in SettingName]: Value<(typeof SWITCHES)[N]> };

export const DEFAULT_SETTINGS: Settings = settle(
  Object.fromEntries(Object.entries(SWITCHES).map(([name, entry]) => [name, entry.default])),
);

/** Changes that fit the table, or one sentence per member that does not. Nothing is applied by halves. */
export function parseSettings(
  value: unknown,
):
  | { readonly ok: true; readonly changes: Partial<Settings> }
  | { readonly ok: false; readonly problems: readonly string[] } {
  if (!isObject(value))
    return { ok: false, problems: ['Settings are sent as an object of names and values.'] };
  const problems = Object.entries(value).flatMap(([name, wanted]) => {
    const entry = switchNamed(name);
    if (!entry) return [`There is no setting named ${JSON.stringify(name)}.`];
    return accepts(entry, wanted) ? [] : [`${name} takes ${takes(entry)}.`];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, changes: settle(value) };
}

/** The members that still fit the table; others (of an older version, say) are left out. */
export function fittingSettings(value: unknown): Partial<Settings> {
  if (!isObject(value)) return {};
  return settle(
    Object.fromEntries(
      Object.entries(value).filter(([name, wanted]) => {
        const entry = switchNamed(name);
        return entry !== undefined && accepts(entry, wanted);
      }),
    ),
  );
}

function switchNamed(name: string): Switch | undefined {
  return Object.entries(SWITCHES).find(([known]) => known === name)?.[1];
}

function accepts(entry: Switch, value: unknown): boolean {
  switch (entry.kind) {
    case 'number':
      return typeof value === 'number' && value >= entry.min && value <= entry.max;
    case 'flag':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && entry.choices.includes(value);
    case 'zone':
      return typeof value === 'string' && isTimeZone(value);
    default:
      return entry satisfies never;
  }
}

function takes(entry: Switch): string {
  switch (entry.kind) {
    case 'number':
      return `a number from ${entry.min} to ${entry.max}`;
    case 'flag':
      return 'true or false';
    case 'choice':
      return `one of ${entry.choices.join(', ')}`;
    case 'zone':
      return 'the name of a time zone, such as Europe/London';
    default:
      return entry satisfies never;
  }
}

/** The one place where values that were checked against the table get the table's type. */
function settle(checked: object): Settings {
  return checked as Settings;
}
