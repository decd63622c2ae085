/** `signal dead`: deliveries that failed for good or wait for a person, and sending them again. It must not know how the service does it. */
import { type Command, InvalidArgumentError } from 'commander';
import { Failure } from '../../event/failure.ts';
import {
  clientOf,
  type ListOptions,
  listing,
  printRows,
  type RemoteOptions,
  reachingService,
  wholeNumber,
} from '../command-kit.ts';
import { listOf, textOf } from '../fields.ts';
import { relativeTime, type Surroundings, styleOfState } from '../terminal.ts';
import { followReplay } from './replay.ts';

interface Filters {
  readonly status?: string;
  readonly integration?: string;
  readonly action?: string;
  readonly email?: string;
  readonly code?: string;
  readonly since?: string;
}

const BOTH = 'dead,held';

function filtering(command: Command): Command {
  return command
    .option('--status <state>', 'dead or held (default: both)')
    .option('--integration <id>', 'only of this pipeline integration (pi_…)')
    .option('--action <action>', 'only this action')
    .option('--email <address>', 'only to this contact')
    .option('--code <code>', 'only with this outcome code')
    .option('--since <time>', 'only queued from then on (ISO 8601)');
}

export function addDead(program: Command, surroundings: Surroundings): void {
  const dead = program.command('dead').description('deliveries that failed for good or wait for a person');
  addList(dead, surroundings);
  addReplay(dead, surroundings);
}

function addList(dead: Command, surroundings: Surroundings): void {
  listing(
    reachingService(
      filtering(
        dead
          .command('list')
          .description('list those that no replay has sent again, with their reasons, newest first'),
      ).option('--limit <count>', 'how many at most', wholeNumber, 20),
    ),
  ).action(async (options: RemoteOptions & ListOptions & Filters & { readonly limit: number }) => {
    const query = { ...queryOf(options), status: options.status ?? BOTH, replayed: 'false' };
    const rows = await clientOf(options, surroundings).rows('/deliveries', query, options.limit);
    const nowMs = surroundings.now();
    printRows(
      rows,
      [
        { title: 'ID', text: (row) => textOf(row, 'id') },
        {
          title: 'SINCE',
          text: (row) => relativeTime(textOf(row, 'settled_at') || textOf(row, 'enqueued_at'), nowMs),
          align: 'right',
        },
        {
          title: 'STATE',
          text: (row) => textOf(row, 'state'),
          style: (row) => styleOfState(textOf(row, 'state')),
        },
        { title: 'ACTION', text: (row) => textOf(row, 'action') },
        { title: 'CONTACT', text: (row) => listOf(row, 'contacts').map(String).join(', ') },
        { title: 'TRIES', text: (row) => textOf(row, 'attempts'), align: 'right' },
        { title: 'CODE', text: (row) => textOf(row, 'code') },
        { title: 'REASON', text: (row) => textOf(row, 'message'), style: () => 'dim' },
      ],
      { ...options, none: 'No dead letters.' },
      surroundings,
    );
  });
}

interface ReplayOptions extends RemoteOptions, ListOptions, Filters {
  readonly all?: true;
  readonly mapping: string;
  readonly estimate?: true;
  readonly wait: boolean;
}

function addReplay(dead: Command, surroundings: Surroundings): void {
  listing(
    reachingService(
      filtering(
        dead
          .command('replay')
          .description('send them again: some by id, or all that fit the filters')
          .argument('[ids...]', 'dlv_…, as the list shows them'),
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
    const { integration_id, ...rest } = queryOf(options);
    const filter = given({ ...rest, integration_id, status: options.status });
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
      const [count, seconds] = [textOf(estimate, 'count'), textOf(estimate, 'seconds_at_account_limit')];
      return surroundings.out(
        options.json === true
          ? `${JSON.stringify(estimate, null, 2)}\n`
          : `${count} ${count === '1' ? 'delivery' : 'deliveries'}, about ${seconds} s at the account’s limit.\n`,
      );
    }
    const started = await client.post('/deliveries/replay', body);
    await followReplay(client, started, options, surroundings);
  });
}

function queryOf({ integration, action, email, code, since }: Filters) {
  return { integration_id: integration, action, email, code, since };
}

function given(filter: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function mappingNamed(text: string): string {
  if (text === 'as_mapped' || text === 'current') return text;
  throw new InvalidArgumentError('It must be as_mapped or current.');
}
