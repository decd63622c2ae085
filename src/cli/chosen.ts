/** The options that choose deliveries or events, the same for every command that does. It must not know what becomes of the chosen ones. */
import type { Command } from 'commander';

interface Filters {
  readonly status?: string;
  readonly integration?: string;
  readonly email?: string;
  readonly code?: string;
  readonly since?: string;
}

export interface DeliveryFilters extends Filters {
  readonly action?: string;
}

/** Adds the options; `states` tells which states `--status` takes. */
export function choosingDeliveries(command: Command, states: string): Command {
  return command
    .option('--status <state>', states)
    .option('--integration <id>', 'only of this pipeline integration (pi_…)')
    .option('--action <action>', 'only this action')
    .option('--email <address>', 'only to this contact')
    .option('--code <code>', 'only with this outcome code')
    .option('--since <time>', 'only queued from then on (ISO 8601)');
}

/** What was chosen, in the words of the management API. */
export function filterOf(chosen: DeliveryFilters): Readonly<Record<string, string>> {
  const { status, integration, action, email, code, since } = chosen;
  return given({ status, integration_id: integration, action, email, code, since });
}

export interface EventFilters extends Filters {
  readonly event?: string;
}

export function choosingEvents(command: Command): Command {
  return command
    .option(
      '--status <states>',
      'invalid, mapped (but for a rule that was refused or lacked a setting), skipped, expired, dropped (default: invalid,mapped)',
    )
    .option('--integration <id>', 'only for this pipeline integration (pi_…)')
    .option('--event <name>', 'only track events of this name')
    .option('--email <address>', 'only of the person with this address')
    .option('--code <code>', 'only with this reason for not being sent')
    .option('--since <time>', 'only received from then on (ISO 8601)');
}

export function eventFilterOf(chosen: EventFilters): Readonly<Record<string, string>> {
  const { status, integration, event, email, code, since } = chosen;
  return given({ status, integration_id: integration, event, email, code, since });
}

function given(filter: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
