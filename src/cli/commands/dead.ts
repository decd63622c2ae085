/** `signal dead`: deliveries that failed for good or wait for a person, and sending them again. It must not know how the service does it. */
import { type Command, InvalidArgumentError } from 'commander';
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
  printRows,
  type RemoteOptions,
  reachingService,
  wholeNumber,
} from '../command-kit.ts';
import { textOf } from '../fields.ts';
import { relativeTime, type Surroundings } from '../terminal.ts';
import { type SendingOptions, sendAgain, sendingAgain } from './replay.ts';

const BOTH = 'dead,held';
const STATES = 'dead or held (default: both)';

export function addDead(program: Command, surroundings: Surroundings): void {
  const dead = program.command('dead').description('deliveries that failed for good or wait for a person');
  addList(dead, surroundings);
  addReplay(dead, surroundings);
}

function addList(dead: Command, surroundings: Surroundings): void {
  listing(
    reachingService(
      choosingDeliveries(
        dead
          .command('list')
          .description('list those that no replay has sent again, with their reasons, newest first'),
        STATES,
      ).option('--limit <count>', 'how many at most', wholeNumber, 20),
    ),
  ).action(async (options: RemoteOptions & ListOptions & DeliveryFilters & { readonly limit: number }) => {
    const query = { status: BOTH, ...filterOf(options), replayed: 'false' };
    const rows = await clientOf(options, surroundings).rows('/deliveries', query, options.limit);
    const nowMs = surroundings.now();
    printRows(
      rows,
      [
        ID_COLUMN,
        {
          title: 'SINCE',
          text: (row) => relativeTime(textOf(row, 'settled_at') || textOf(row, 'enqueued_at'), nowMs),
          align: 'right',
        },
        STATE_COLUMN,
        ACTION_COLUMN,
        CONTACT_COLUMN,
        TRIES_COLUMN,
        textColumn('CODE', 'code'),
        { title: 'REASON', text: (row) => textOf(row, 'message'), style: () => 'dim' },
      ],
      { ...options, none: 'No dead letters.' },
      surroundings,
    );
  });
}

interface ReplayOptions extends SendingOptions, DeliveryFilters {
  readonly mapping: string;
}

function addReplay(dead: Command, surroundings: Surroundings): void {
  sendingAgain(
    choosingDeliveries(
      dead
        .command('replay')
        .description('send them again: some by id, or all that fit the filters')
        .argument('[ids...]', 'dlv_…, as the list shows them'),
      STATES,
    ).option(
      '--mapping <which>',
      'as_mapped (the payload as it was) or current (today’s blueprint)',
      mappingNamed,
      'as_mapped',
    ),
    'all there are',
  ).action((ids: readonly string[], options: ReplayOptions) =>
    sendAgain(
      {
        path: '/deliveries/replay',
        ids,
        filter: filterOf(options),
        body: { mapping: options.mapping },
        nouns: ['delivery', 'deliveries'],
        passedBy: 'there is no such delivery, or it did not fail (signal deliveries show ID tells)',
      },
      options,
      surroundings,
    ),
  );
}

function mappingNamed(text: string): string {
  if (text === 'as_mapped' || text === 'current') return text;
  throw new InvalidArgumentError('It must be as_mapped or current.');
}
