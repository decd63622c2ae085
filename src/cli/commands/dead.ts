/** `signal dead`: deliveries that failed for good or wait for a person, and sending them again. It must not know how the service does it. */
import { type Command, InvalidArgumentError } from 'commander';
import { Failure } from '../../event/failure.ts';
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
import { choosingDeliveries, type DeliveryFilters, filterOf } from '../delivery-filters.ts';
import { textOf } from '../fields.ts';
import { relativeTime, type Surroundings } from '../terminal.ts';
import { followReplay } from './replay.ts';

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

interface ReplayOptions extends RemoteOptions, ListOptions, DeliveryFilters {
  readonly all?: true;
  readonly mapping: string;
  readonly estimate?: true;
  readonly wait: boolean;
}

function addReplay(dead: Command, surroundings: Surroundings): void {
  listing(
    reachingService(
      choosingDeliveries(
        dead
          .command('replay')
          .description('send them again: some by id, or all that fit the filters')
          .argument('[ids...]', 'dlv_…, as the list shows them'),
        STATES,
      )
        .option('--all', 'all there are')
        .option(
          '--mapping <which>',
          'as_mapped (the payload as it was) or current (today’s blueprint)',
          mappingNamed,
          'as_mapped',
        )
        .option('--estimate', 'only tell how many it would be')
        .option('--no-wait', 'do not wait for its end'),
    ),
  ).action(async (ids: readonly string[], options: ReplayOptions) => {
    const filter = filterOf(options);
    const isFiltered = Object.keys(filter).length > 0;
    const ways = [ids.length > 0, isFiltered, options.all === true].filter(Boolean).length;
    if (ways !== 1)
      throw new Failure(
        'INVALID_REQUEST',
        'Name deliveries by id, or give filters, or say --all: one of the three.',
      );
    const client = clientOf(options, surroundings);
    const selection = ids.length > 0 ? { ids } : { filter };
    const body = { ...selection, mapping: options.mapping };
    if (options.estimate === true) {
      const estimate = await client.post('/deliveries/replay', { ...body, estimate: true });
      sayPassedBy(ids, Number(textOf(estimate, 'count')), surroundings);
      const [count, seconds] = [textOf(estimate, 'count'), textOf(estimate, 'seconds_at_account_limit')];
      if (options.json === true) return printJson(estimate, surroundings);
      const noun = count === '1' ? 'delivery' : 'deliveries';
      return surroundings.out(`${count} ${noun}, about ${seconds} s at the account’s limit.\n`);
    }
    const started = await client.post('/deliveries/replay', body);
    sayPassedBy(ids, Number(textOf(started, 'total')), surroundings);
    await followReplay(client, started, options, surroundings);
  });
}

/** Ids that are misspelt, or whose delivery needs no replay, would go unnoticed in the counts of a replay. */
function sayPassedBy(ids: readonly string[], taken: number, { err }: Surroundings): void {
  const named = new Set(ids).size;
  if (taken >= named) return;
  err(
    `${named - taken} of the ${named} named cannot be sent again: there is no such delivery, or it did not fail (signal deliveries show ID tells).\n`,
  );
}

function mappingNamed(text: string): string {
  if (text === 'as_mapped' || text === 'current') return text;
  throw new InvalidArgumentError('It must be as_mapped or current.');
}
