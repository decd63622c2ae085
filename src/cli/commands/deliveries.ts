/** `signal deliveries list` and `show`: what was sent, with every try. It must not know how the service keeps it. */
import type { Command } from 'commander';
import { choosingDeliveries, type DeliveryFilters, filterOf } from '../chosen.ts';
import {
  ACTION_COLUMN,
  CONTACT_COLUMN,
  ID_COLUMN,
  STATE_COLUMN,
  TRIES_COLUMN,
  textColumn,
} from '../columns.ts';
import {
  clientOf,
  type ListOptions,
  listing,
  printJson,
  printRows,
  type RemoteOptions,
  reachingService,
  wholeNumber,
} from '../command-kit.ts';
import { listOf, own, textOf } from '../fields.ts';
import { type Paint, paintFor, plain, relativeTime, type Surroundings, styleOfState } from '../terminal.ts';

export function addDeliveries(program: Command, surroundings: Surroundings): void {
  const deliveries = program.command('deliveries').description('what was sent and how it went');
  listing(
    reachingService(
      choosingDeliveries(
        deliveries.command('list').description('list deliveries, newest first'),
        'waiting, sending, submitted, held, delivered, filtered, dead or cancelled',
      ).option('--limit <count>', 'how many at most', wholeNumber, 20),
    ),
  ).action(async (options: RemoteOptions & ListOptions & DeliveryFilters & { readonly limit: number }) => {
    const rows = await clientOf(options, surroundings).rows('/deliveries', filterOf(options), options.limit);
    const nowMs = surroundings.now();
    printRows(
      rows,
      [
        ID_COLUMN,
        { title: 'QUEUED', text: (row) => relativeTime(textOf(row, 'enqueued_at'), nowMs), align: 'right' },
        STATE_COLUMN,
        ACTION_COLUMN,
        textColumn('EVENT', 'event_name'),
        CONTACT_COLUMN,
        TRIES_COLUMN,
        { title: 'REASON', text: (row) => reasonOf(row, nowMs), style: () => 'dim' },
      ],
      { ...options, none: 'No deliveries yet.' },
      surroundings,
    );
  });

  listing(
    reachingService(
      deliveries
        .command('show')
        .description('show one delivery with every try')
        .argument('<id>', 'dlv_…, as the list shows it'),
    ),
  ).action(async (id: string, options: RemoteOptions & ListOptions) => {
    const delivery = await clientOf(options, surroundings).get(`/deliveries/${encodeURIComponent(id)}`);
    if (options.json === true) return printJson(delivery, surroundings);
    surroundings.out(describe(delivery, paintFor(surroundings), surroundings.now()));
  });
}

/** Why it is not delivered (yet), and when the next try is. */
function reasonOf(row: unknown, nowMs: number): string {
  const code = textOf(row, 'code');
  const next = textOf(row, 'next_at');
  const parts = [
    ...(code === '' || code === 'DELIVERED' ? [] : [code]),
    ...(next === '' ? [] : [`next try ${relativeTime(next, nowMs)}`]),
  ];
  return parts.join(', ');
}

function describe(delivery: unknown, paint: Paint, nowMs: number): string {
  const state = textOf(delivery, 'state');
  const facts: readonly (readonly [string, string])[] = [
    ['State', paint(styleOfState(state) ?? 'dim', state)],
    ['Reason', textOf(delivery, 'message')],
    ['Event', `${textOf(delivery, 'event_name')} (${textOf(delivery, 'event_id')})`],
    ['Contact', listOf(delivery, 'contacts').map(String).join(', ')],
    ['Rule', `${textOf(delivery, 'rule')} of revision ${textOf(delivery, 'revision_number')}`],
    ['Queued', relativeTime(textOf(delivery, 'enqueued_at'), nowMs)],
    ['Next try', next(delivery, nowMs)],
  ];
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `  ${paint('dim', name.padEnd(8))}  ${name === 'State' ? value : plain(value)}`);
  const payload = indented(JSON.stringify(own(delivery, 'payload'), null, 2));
  const tries = listOf(delivery, 'tries').map((attempt, index) => tryOf(attempt, index + 1, paint, nowMs));
  return [
    `${paint('bold', textOf(delivery, 'id'))}  ${textOf(delivery, 'action')}`,
    ...lines,
    `  ${paint('dim', 'Payload')}`,
    payload,
    ...tries,
    '',
  ].join('\n');
}

function next(delivery: unknown, nowMs: number): string {
  const at = textOf(delivery, 'next_at');
  return at === '' ? '' : relativeTime(at, nowMs);
}

function tryOf(attempt: unknown, number: number, paint: Paint, nowMs: number): string {
  const outcome = textOf(attempt, 'outcome');
  const exchanges = listOf(attempt, 'exchanges').flatMap((exchange) => {
    const status = textOf(exchange, 'status') || 'no answer';
    const error = textOf(exchange, 'errorText');
    return [
      `    ${textOf(exchange, 'method')} ${plain(textOf(exchange, 'url'))} → ${status}${error === '' ? '' : `  ${plain(error)}`}`,
    ];
  });
  const reason = outcome === 'delivered' ? '' : `  ${plain(textOf(attempt, 'message'))}`;
  return [
    `  ${paint('dim', `Try ${number}`)}    ${paint(styleOfState(outcome) ?? 'dim', outcome)}  ${relativeTime(textOf(attempt, 'at'), nowMs)}, ${textOf(attempt, 'duration_ms')} ms${reason}`,
    ...exchanges,
  ].join('\n');
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${plain(line)}`)
    .join('\n');
}
