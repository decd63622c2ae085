/** What becomes of a job when its request meets a fault: the one table, which the matrix proves and docs/outcomes.md shows. It must not know how it is proved. */
import type { OutcomeCode } from '../../src/event/outcome.ts';
import type { FaultName } from '../../src/sandbox/index.ts';

/**
 * - `arrives`: it is delivered at once.
 * - `again`: it waits and is tried again; the try counts.
 * - `held`: nobody can know whether it arrived; it is shown and not sent again.
 * - `account pauses`: the whole account waits, as long as it is told; no try counts.
 * - `integration stops`, `events stop`, `account stops`: nothing of it leaves until a probe is answered; no try counts.
 */
export type Fate =
  | 'arrives'
  | 'again'
  | 'held'
  | 'account pauses'
  | 'integration stops'
  | 'events stop'
  | 'account stops';

export interface Cell {
  readonly fate: Fate;
  readonly code: OutcomeCode;
}

/** What is done to the request. `network` happens on our side of the line. */
export type Trouble =
  | { readonly sandbox: FaultName }
  | { readonly sandbox: { readonly delay_ms: number } | { readonly slow_body_ms: number } }
  | { readonly sandbox: { readonly status: number } }
  | { readonly network: 'unknown name' | 'refused' | 'no answer' };

/** The three kinds of actions: whether repeating one does harm, and who answers. */
export interface Row {
  readonly says: string;
  readonly trouble: Trouble;
  /** The account did it all the same. */
  readonly isDone?: true;
  /** Contacts, tags, lists, companies, orders, leaving automations. */
  readonly repeatable: Cell;
  /** Notes, entering automations. */
  readonly once: Cell;
  /** Events, which go to an endpoint of their own. The same as `once` unless it says otherwise. */
  readonly events?: Cell;
}

const cell = (fate: Fate, code: OutcomeCode): Cell => ({ fate, code });
const both = (fate: Fate, code: OutcomeCode): Pick<Row, 'repeatable' | 'once'> => ({
  repeatable: cell(fate, code),
  once: cell(fate, code),
});
/** It may have arrived: harmless for some, not for others. */
const unsure = (code: OutcomeCode): Pick<Row, 'repeatable' | 'once'> => ({
  repeatable: cell('again', code),
  once: cell('held', code),
});

export const OUTCOMES: readonly Row[] = [
  {
    says: 'The host’s name does not resolve',
    trouble: { network: 'unknown name' },
    ...both('account stops', 'DNS_FAILED'),
    events: cell('events stop', 'DNS_FAILED'),
  },
  {
    says: 'The connection is refused',
    trouble: { network: 'refused' },
    ...both('again', 'CONNECTION_FAILED'),
  },
  {
    says: 'The connection is reset before anything is done',
    trouble: { sandbox: 'drop' },
    ...unsure('RESPONSE_LOST'),
  },
  {
    says: 'The connection is reset after it is done',
    trouble: { sandbox: 'drop_after_write' },
    isDone: true,
    ...unsure('RESPONSE_LOST'),
  },
  { says: 'No answer in time', trouble: { network: 'no answer' }, ...unsure('TIMED_OUT') },
  {
    says: 'A slow answer, in time',
    trouble: { sandbox: { delay_ms: 20 } },
    ...both('arrives', 'DELIVERED'),
  },
  {
    says: 'An answer in two halves, in time',
    trouble: { sandbox: { slow_body_ms: 20 } },
    ...both('arrives', 'DELIVERED'),
  },
  {
    says: '200 without a body',
    trouble: { sandbox: 'empty_200' },
    isDone: true,
    ...unsure('UNEXPECTED_RESPONSE'),
  },
  {
    says: '200 with half of the JSON',
    trouble: { sandbox: 'truncated_200' },
    isDone: true,
    ...unsure('UNEXPECTED_RESPONSE'),
  },
  {
    says: '200 with a web page (login, notice) in place of the JSON',
    trouble: { sandbox: 'login_page' },
    ...both('integration stops', 'CREDENTIALS_REFUSED'),
    events: cell('events stop', 'CREDENTIALS_REFUSED'),
  },
  {
    says: '301 to another host',
    trouble: { sandbox: 'moved' },
    ...both('account stops', 'WRONG_HOST'),
    events: cell('events stop', 'WRONG_HOST'),
  },
  { says: '401', trouble: { sandbox: { status: 401 } }, ...both('integration stops', 'CREDENTIALS_REFUSED') },
  {
    says: '402, the account is not paid',
    trouble: { sandbox: 'payment_required' },
    ...both('account stops', 'ACCOUNT_UNPAID'),
  },
  {
    says: '403 without a body; the third in a row stops the integration',
    trouble: { sandbox: 'forbidden_empty' },
    ...both('again', 'FORBIDDEN_EMPTY'),
  },
  { says: '408', trouble: { sandbox: { status: 408 } }, ...unsure('TIMED_OUT') },
  { says: '423', trouble: { sandbox: { status: 423 } }, ...both('again', 'VENDOR_BUSY') },
  {
    says: '429 with Retry-After',
    trouble: { sandbox: 'rate_limited' },
    ...both('account pauses', 'RATE_LIMITED'),
  },
  {
    says: '429 without Retry-After',
    trouble: { sandbox: 'rate_limited_bare' },
    ...both('account pauses', 'RATE_LIMITED'),
  },
  { says: '500', trouble: { sandbox: 'server_error' }, ...unsure('SERVER_ERROR') },
  {
    says: '502 of the network in front, JSON',
    trouble: { sandbox: 'bad_gateway_json' },
    ...unsure('SERVER_ERROR'),
  },
  {
    says: '502 of the network in front, HTML',
    trouble: { sandbox: 'bad_gateway_html' },
    ...unsure('SERVER_ERROR'),
  },
  {
    says: '503 with Retry-After in seconds',
    trouble: { sandbox: 'unavailable' },
    ...both('account pauses', 'VENDOR_BUSY'),
  },
  {
    says: '503 with Retry-After as a date',
    trouble: { sandbox: 'unavailable_until' },
    ...both('account pauses', 'VENDOR_BUSY'),
  },
];

/** The table as docs/outcomes.md has it. */
export function outcomesAsMarkdown(): string {
  const text = ({ fate, code }: Cell): string => `${fate} (\`${code}\`)`;
  const lines = OUTCOMES.map(
    ({ says, repeatable, once, events = once }) =>
      `| ${says} | ${text(repeatable)} | ${text(once)} | ${text(events)} |`,
  );
  return [
    '| what happens to the request | contacts, tags, lists, companies, orders | notes, automations | events |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}
