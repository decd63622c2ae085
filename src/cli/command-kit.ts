/** What the commands have in common: how they reach the service and how they print lists. It must not know any command. */
import { type Command, InvalidArgumentError } from 'commander';
import { ManagementClient } from './management-client.ts';
import { type Column, type Surroundings, table } from './terminal.ts';

export interface RemoteOptions {
  readonly url?: string;
  readonly token?: string;
}

export interface ListOptions {
  readonly json?: true;
}

/** Adds `--url` and `--token`. */
export function reachingService(command: Command): Command {
  return command
    .option(
      '--url <url>',
      'address of the management API (default: http://ADMIN_HOST:ADMIN_PORT, else http://127.0.0.1:8084)',
    )
    .option('--token <token>', 'admin token (default: ADMIN_TOKEN, else the one in the data folder)');
}

/** Adds `--json`. */
export function listing(command: Command): Command {
  return command.option('--json', 'print JSON instead of a table');
}

export function clientOf(options: RemoteOptions, surroundings: Surroundings): ManagementClient {
  return new ManagementClient(options, surroundings);
}

/** For programs, as `--json` asks for it. */
export function printJson(value: unknown, { out }: Pick<Surroundings, 'out'>): void {
  out(`${JSON.stringify(value, null, 2)}\n`);
}

/** A list as a table, or as JSON for programs; `none` is said when there is nothing. */
export function printRows(
  rows: readonly unknown[],
  columns: readonly Column<unknown>[],
  options: ListOptions & { readonly none: string },
  surroundings: Surroundings,
): void {
  if (options.json === true) printJson(rows, surroundings);
  else if (rows.length === 0) surroundings.out(`${options.none}\n`);
  else surroundings.out(table(columns, rows, surroundings));
}

/** For options that take a whole number above zero. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(text);
}

/** For options that take a port; 0 lets the system choose. */
export function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('It must be a port number, 0 to 65535.');
  }
  return Number(text);
}
