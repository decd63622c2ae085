/** `signal integrations list`: what is installed, whether its account can be reached, and what has to be mended where. It must not know why anything is stopped. */
import type { Command } from 'commander';
import { clientOf, type ListOptions, listing, type RemoteOptions, reachingService } from '../command-kit.ts';
import { listOf, own, textOf } from '../fields.ts';
import {
  type Column,
  paintFor,
  plain,
  relativeTime,
  type Surroundings,
  styleOfState,
  table,
} from '../terminal.ts';

export function addIntegrations(program: Command, surroundings: Surroundings): void {
  const integrations = program.command('integrations').description('what is installed');
  listing(
    reachingService(
      integrations
        .command('list')
        .description('list the integrations: whether each can send, and what is stopped, why and until when'),
    ),
  ).action(async (options: RemoteOptions & ListOptions) => {
    const rows = await clientOf(options, surroundings).rows('/integration-templates', {}, 1000);
    if (options.json === true) surroundings.out(`${JSON.stringify(rows, null, 2)}\n`);
    else if (rows.length === 0) surroundings.out('Nothing is installed.\n');
    else surroundings.out(table(COLUMNS, rows, surroundings) + stopsOf(rows, surroundings));
  });
}

const stateOf = (row: unknown): string => textOf(own(row, 'delivery'), 'state');

const COLUMNS: readonly Column<unknown>[] = [
  { title: 'ID', text: (row) => textOf(row, 'id') },
  { title: 'NAME', text: (row) => textOf(row, 'name'), style: () => 'bold' },
  { title: 'STATE', text: stateOf, style: (row) => styleOfState(stateOf(row)) },
  { title: 'WAITING', text: (row) => textOf(own(row, 'delivery'), 'waiting'), align: 'right' },
  { title: 'ACCOUNT', text: (row) => textOf(own(row, 'delivery'), 'account') },
];

/** A paragraph for each stop, below the table. */
function stopsOf(rows: readonly unknown[], surroundings: Surroundings): string {
  return rows
    .flatMap((row) =>
      listOf(own(row, 'delivery'), 'stops').map((stop) => told(textOf(row, 'name'), stop, surroundings)),
    )
    .join('');
}

function told(name: string, stop: unknown, surroundings: Surroundings): string {
  const paint = paintFor(surroundings);
  const nowMs = surroundings.now();
  const next = textOf(stop, 'next_probe_at');
  const asked = next === '' ? 'when there is something to send' : relativeTime(next, nowMs);
  const lines = [
    `${paint('red', `${plain(name)}: ${coverOf(stop)} stopped`)} ${relativeTime(textOf(stop, 'since'), nowMs)} (${plain(textOf(stop, 'code'))}), asked again ${asked}.`,
    `  ${plain(textOf(stop, 'message'))}`,
    `  ${plain(textOf(own(stop, 'mend'), 'how'))}`,
  ];
  return `\n${lines.join('\n')}\n`;
}

function coverOf(stop: unknown): string {
  switch (textOf(stop, 'endpoint') || textOf(stop, 'scope')) {
    case 'tracking':
      return 'event tracking';
    case 'api':
      return 'the API (everything but events)';
    case 'account':
      return 'the whole account';
    default:
      return 'the integration';
  }
}
