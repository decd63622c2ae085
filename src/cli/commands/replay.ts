/** `signal replay`: how far replays are, and ending one. It must not know how a replay works. */
import type { Command } from 'commander';
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
    .description('replays: deliveries that are sent again (see: dead replay)');
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

/** Prints progress until the replay has ended; its last state as JSON where that is asked for. */
export async function followReplay(
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
  const counts = `${textOf(replay, 'done')} of ${total} put back, ${textOf(replay, 'skipped')} passed over`;
  return `${id}  ${state}: ${counts}.${message === '' ? '' : ` ${message}`}`;
}
