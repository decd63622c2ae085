/** `signal contacts delete`: erases a person here and at the vendors. It must not know what is kept of people. */
import type { Command } from 'commander';
import { Failure } from '../../event/failure.ts';
import {
  clientOf,
  type ListOptions,
  listing,
  printJson,
  type RemoteOptions,
  reachingService,
} from '../command-kit.ts';
import { listOf, own, textOf } from '../fields.ts';
import type { ManagementClient } from '../management-client.ts';
import { plain, type Surroundings } from '../terminal.ts';

const LOOK_MS = 500;
const NOUNS = [
  ['event', 'events'],
  ['delivery', 'deliveries'],
  ['decision', 'decisions'],
] as const;
const ENDED = ['delivered', 'dead', 'cancelled', 'filtered'];

export function addContacts(program: Command, surroundings: Surroundings): void {
  const contacts = program.command('contacts').description('the people whom events are about');
  listing(
    reachingService(
      contacts
        .command('delete')
        .description('erase everything of a person, and delete the contact at the vendors')
        .argument('<email>', 'the address of the person'),
    ).option('--no-wait', 'do not wait for the vendors'),
  ).action(async (email: string, options: RemoteOptions & ListOptions & { readonly wait: boolean }) => {
    const client = clientOf(options, surroundings);
    const receipt = await client.post('/privacy/erase', { email });
    if (options.json !== true) surroundings.out(`${told(receipt)}\n`);
    const ends: unknown[] = [];
    for (const deletion of listOf(receipt, 'vendor')) {
      const end = await followed(client, textOf(deletion, 'delivery_id'), options.wait, surroundings);
      ends.push(end);
      if (options.json !== true) surroundings.out(`${toldOf(textOf(deletion, 'integration_id'), end)}\n`);
    }
    if (options.json === true) printJson({ receipt, deletions: ends }, surroundings);
    const failed = ends.filter((end) => textOf(end, 'state') === 'dead');
    if (failed.length > 0)
      throw new Failure(
        'INTERNAL',
        'A vendor did not delete the contact. Mend the reason, then send it again with "signal dead replay", or delete the contact there by hand.',
      );
  });
}

async function followed(
  client: ManagementClient,
  id: string,
  wait: boolean,
  { ending }: Surroundings,
): Promise<unknown> {
  for (;;) {
    const delivery = await client.get(`/deliveries/${encodeURIComponent(id)}`);
    if (!wait || ending.aborted || ENDED.includes(textOf(delivery, 'state'))) return delivery;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function told(receipt: unknown): string {
  const subject = own(receipt, 'subject');
  const ids = ['emails', 'user_ids', 'anonymous_ids'].flatMap((name) => listOf(subject, name).map(String));
  const counts = NOUNS.map(([one, many]) => {
    const count = textOf(receipt, many);
    return `${count} ${count === '1' ? one : many}`;
  });
  const done = textOf(receipt, 'state') === 'done' ? 'Erased' : 'Erasing goes on:';
  return plain(`${done} ${counts.join(', ')} of ${ids.join(', ')}. Receipt ${textOf(receipt, 'id')}.`);
}

function toldOf(integration: string, delivery: unknown): string {
  const state = textOf(delivery, 'state');
  const reason = state === 'delivered' ? '' : `  ${plain(textOf(delivery, 'message'))}`;
  return `${integration}  contact ${state === 'delivered' ? 'deleted' : `deletion ${state}`}${reason}`;
}
