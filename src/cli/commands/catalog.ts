/** `signal catalog list` and `signal install`: what the catalog's endpoints do. It must not know how they do it. */
import type { Command } from 'commander';
import { Failure } from '../../event/failure.ts';
import { isObject, own } from '../../event/json.ts';
import { textColumn } from '../columns.ts';
import {
  clientOf,
  type ListOptions,
  listing,
  printJson,
  printRows,
  type RemoteOptions,
  reachingService,
} from '../command-kit.ts';
import { listOf, textOf } from '../fields.ts';
import { readDocument } from '../files.ts';
import { paintFor, plain, type Surroundings } from '../terminal.ts';

export function addCatalog(program: Command, surroundings: Surroundings): void {
  const catalog = program.command('catalog').description('what can be installed');
  listing(reachingService(catalog.command('list').description('list the vendors'))).action(
    async (options: RemoteOptions & ListOptions) => {
      const rows = await clientOf(options, surroundings).rows('/integration-catalog', {}, 1000);
      printRows(
        rows,
        [
          { ...textColumn('KEY', 'key'), style: () => 'bold' },
          textColumn('NAME', 'name'),
          textColumn('STATUS', 'status'),
          {
            title: 'VARIANTS',
            text: (row) =>
              listOf(row, 'variants')
                .map((variant) => textOf(variant, 'key'))
                .join(', '),
          },
          textColumn('DESCRIPTION', 'description'),
        ],
        { ...options, none: 'The catalog is empty.' },
        surroundings,
      );
    },
  );
}

interface InstallOptions extends RemoteOptions, ListOptions {
  readonly config: string;
  readonly name?: string;
  readonly variant?: string;
  readonly blueprint?: string;
}

export function addInstall(program: Command, surroundings: Surroundings): void {
  listing(
    reachingService(
      program
        .command('install')
        .description('install an integration from the catalog')
        .argument('<vendor>', 'its key, as "signal catalog list" shows it')
        .requiredOption(
          '--config <file>',
          'JSON or YAML file with the settings, or with a whole install request',
        )
        .option('--name <name>', "name of the integration (default: the vendor's name)")
        .option('--variant <variant>', 'which shipped blueprint to start with')
        .option('--blueprint <file>', 'your own blueprint in its place'),
    ),
  ).action(async (vendor: string, options: InstallOptions) => {
    const client = clientOf(options, surroundings);
    const path = `/integration-catalog/${encodeURIComponent(vendor)}`;
    const body = requestOf(readDocument(options.config), options);
    const name = own(body, 'name') ?? textOf(await client.get(path), 'name');
    const installed = await client.post(`${path}/install`, { ...body, name });
    if (options.json === true) return printJson(installed, surroundings);
    const paint = paintFor(surroundings);
    const template = own(installed, 'template');
    surroundings.out(
      `${paint('green', '✓')} Installed ${paint('bold', plain(textOf(template, 'name')))} (${textOf(template, 'id')}), revision 1, attached to pipeline ${textOf(own(installed, 'pipeline_integration'), 'pipeline_id')}.\n`,
    );
  });
}

/** A file with a `config` member is a whole request; anything else is the config. Options go before the file. */
function requestOf(document: unknown, options: InstallOptions): Readonly<Record<string, unknown>> {
  if (!isObject(document)) {
    throw new Failure('INVALID_REQUEST', `The file ${options.config} must hold an object with the settings.`);
  }
  const request = isObject(document['config']) ? document : { config: document };
  const { name, variant, blueprint } = options;
  return {
    ...request,
    ...(name === undefined ? {} : { name }),
    ...(variant === undefined ? {} : { variant }),
    ...(blueprint === undefined ? {} : { blueprint: readDocument(blueprint) }),
  };
}
