/** The command line of `signal`: which commands there are and how they end. It must not know how the service works. */
import { Command, type CommanderError } from 'commander';
import { portNumber } from './command-kit.ts';
import { addBlueprint } from './commands/blueprint.ts';
import { addCatalog, addInstall } from './commands/catalog.ts';
import { addContacts } from './commands/contacts.ts';
import { addDead } from './commands/dead.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addEvents } from './commands/events.ts';
import { addIntegrations } from './commands/integrations.ts';
import { addReplay } from './commands/replay.ts';
import { processSurroundings, type Surroundings } from './terminal.ts';

/** What the composition root knows and does for the commands. What runs something resolves when it has ended. */
export interface ProgramActions {
  /** What `--version` says. */
  readonly version: string;
  /** The service alone, for real accounts. */
  serve(): Promise<void>;
  /** The simulated account alone. */
  sandbox(options: { readonly port?: number }): Promise<void>;
  /** Everything at once, on embedded defaults. */
  start(options: { readonly tour: boolean }): Promise<void>;
}

/**
 * The whole program, ready for `parseAsync`. Commands reject with a Failure whose message says what to do (exit code 1);
 * wrong usage is explained on standard error and ends with 2, help ends with 0.
 */
export function buildProgram(
  actions: ProgramActions,
  surroundings: Surroundings = processSurroundings(),
): Command {
  const program = new Command('signal')
    .description('ActiveCampaign destination with its own small, durable runtime')
    .version(actions.version)
    .exitOverride((error: CommanderError) => surroundings.exit(error.exitCode === 0 ? 0 : 2))
    .configureOutput({ writeOut: surroundings.out, writeErr: surroundings.err })
    .showHelpAfterError('(add --help for the usage)');
  program.command('serve').description('run the service, for real accounts').action(actions.serve);
  program
    .command('sandbox')
    .description('run the simulated account alone, in memory')
    .option('--port <port>', 'port to listen on (default: SANDBOX_PORT, else 8090)', portNumber)
    .action((options: { readonly port?: number }) => actions.sandbox(options));
  program
    .command('start')
    .description('run the service with a simulated account beside it, to try everything out')
    .option('--no-tour', 'install and send nothing at first start')
    .action((options: { readonly tour: boolean }) => actions.start(options));
  addCatalog(program, surroundings);
  addInstall(program, surroundings);
  addIntegrations(program, surroundings);
  addBlueprint(program, surroundings);
  addEvents(program, surroundings);
  addDeliveries(program, surroundings);
  addDead(program, surroundings);
  addReplay(program, surroundings);
  addContacts(program, surroundings);
  return program;
}
