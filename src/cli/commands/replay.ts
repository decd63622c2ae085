/** `signal replay`: how far replays are, and ending one; and what all commands that begin one share. It must not know how a replay works. */
import type { Command } from 'commander';
import { Failure } from '../../event/failure.ts';
import { countColumn, ID_COLUMN, STATE_COLUMN, textColumn } from '../columns.ts';
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
import { textOf } from '../fields.ts';
import type { ManagementClient } from '../management-client.ts';
import { plain, relativeTime, type Surroundings } from '../terminal.ts';

/** How often a running replay is asked for. */
const LOOK_MS = 500;

export function addReplay(program: Command, surroundings: Surroundings): void {
  const replay = program
    .command('replay')
    .description('replays: what is sent again (see: dead replay, events replay)');
  listing(
    reachingService(
      replay
        .command('list')
        .description('list the replays, newest first')
        .option('--limit <count>', 'how many at most', wholeNumber, 20),
    ),
  ).action(async (options: RemoteOptions & ListOptions & { readonly limit: number }) => {
    const rows = await clientOf(options, surroundings).rows('/replays', {}, options.limit);
    const nowMs = surroundings.now();
    printRows(
      rows,
      [
        ID_COLUMN,
        { title: 'BEGUN', text: (row) => relativeTime(textOf(row, 'created_at'), nowMs), align: 'right' },
        STATE_COLUMN,
        textColumn('OF', 'of'),
        textColumn('MAPPING', 'mapping'),
        countColumn('TOTAL', 'total'),
        countColumn('DONE', 'done'),
        countColumn('SKIPPED', 'skipped'),
      ],
      { ...options, none: 'No replays yet.' },
      surroundings,
    );
  });
  listing(
    reachingService(
      replay.command('show').description('follow a replay to its end').argument('<id>', 'rpl_…'),
    ).option('--no-wait', 'do not wait for its end'),
  ).action(async (id: string, options: RemoteOptions & ListOptions & { readonly wait: boolean }) => {
    const client = clientOf(options, surroundings);
    await followReplay(client, await client.get(`/replays/${encodeURIComponent(id)}`), options, surroundings);
  });
  reachingService(
    replay
      .command('cancel')
      .description('end a replay; what it has put back stays')
      .argument('<id>', 'rpl_…'),
  ).action(async (id: string, options: RemoteOptions) => {
    const client = clientOf(options, surroundings);
    await client.delete(`/replays/${encodeURIComponent(id)}`);
    const ended = await client.get(`/replays/${encodeURIComponent(id)}`);
    surroundings.out(`${summary(ended)}\n`);
  });
}

export interface SendingOptions extends RemoteOptions, ListOptions {
  readonly all?: true;
  readonly estimate?: true;
  readonly wait: boolean;
}

/** Adds the options that `sendAgain` reads; `all` tells what `--all` takes. */
export function sendingAgain(command: Command, all: string): Command {
  return listing(
    reachingService(command)
      .option('--all', all)
      .option('--estimate', 'only tell how many it would be')
      .option('--no-wait', 'do not wait for its end'),
  );
}

export interface Order {
  /** Of the management API. */
  readonly path: string;
  readonly ids: readonly string[];
  readonly filter: Readonly<Record<string, string>>;
  /** What is sent besides the choice. */
  readonly body: Readonly<Record<string, string>>;
  /** One, and several. */
  readonly nouns: readonly [string, string];
  /** Why something that was named may not be taken. */
  readonly passedBy: string;
}

/** Begins a replay and follows it, or tells how much it would be. Failure INVALID_REQUEST unless the choice is one of the three. */
export async function sendAgain(
  order: Order,
  options: SendingOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { path, ids, filter, nouns } = order;
  const [one, several] = nouns;
  const isFiltered = Object.keys(filter).length > 0;
  const ways = [ids.length > 0, isFiltered, options.all === true].filter(Boolean).length;
  if (ways !== 1)
    throw new Failure(
      'INVALID_REQUEST',
      `Name ${several} by id, or give filters, or say --all: one of the three.`,
    );
  const client = clientOf(options, surroundings);
  const body = { ...(ids.length > 0 ? { ids } : { filter }), ...order.body };
  if (options.estimate === true) {
    const estimate = await client.post(path, { ...body, estimate: true });
    const [count, seconds] = [textOf(estimate, 'count'), textOf(estimate, 'seconds_at_account_limit')];
    sayPassedBy(order, Number(count), surroundings);
    if (options.json === true) return printJson(estimate, surroundings);
    const noun = count === '1' ? one : several;
    return surroundings.out(`${count} ${noun}, about ${seconds} s at the account’s limit.\n`);
  }
  const started = await client.post(path, body);
  sayPassedBy(order, Number(textOf(started, 'total')), surroundings);
  await followReplay(client, started, options, surroundings);
}

/** Ids that are misspelt, or need no replay, would go unnoticed in the counts of a replay. */
function sayPassedBy({ ids, passedBy }: Order, taken: number, { err }: Surroundings): void {
  const named = new Set(ids).size;
  if (taken >= named) return;
  err(`${named - taken} of the ${named} named cannot be sent again: ${passedBy}.\n`);
}

/** Prints progress until the replay has ended; its last state as JSON where that is asked for. */
async function followReplay(
  client: ManagementClient,
  begun: unknown,
  options: ListOptions & { readonly wait: boolean },
  surroundings: Surroundings,
): Promise<void> {
  const id = textOf(begun, 'id');
  let replay = begun;
  while (options.wait && textOf(replay, 'state') === 'running' && !surroundings.ending.aborted) {
    if (options.json !== true && surroundings.isTerminal) surroundings.err(`${summary(replay)}\n`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    replay = await client.get(`/replays/${encodeURIComponent(id)}`);
  }
  if (options.json === true) printJson(replay, surroundings);
  else surroundings.out(`${summary(replay)}\n`);
}

function summary(replay: unknown): string {
  const [id, state, total] = ['id', 'state', 'total'].map((name) => textOf(replay, name));
  const message = plain(textOf(replay, 'message'));
  const done = textOf(replay, 'of') === 'events' ? 'mapped anew' : 'put back';
  const counts = `${textOf(replay, 'done')} of ${total} ${done}, ${textOf(replay, 'skipped')} passed over`;
  return `${id}  ${state}: ${counts}.${message === '' ? '' : ` ${message}`}`;
}
