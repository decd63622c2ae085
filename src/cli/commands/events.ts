/** `signal events`: what happens, as it happens, and sending what was refused. It must not know how the service keeps it. */
import type { Command } from 'commander';
import { Failure } from '../../event/failure.ts';
import { own } from '../../event/json.ts';
import { choosingEvents, type EventFilters, eventFilterOf } from '../chosen.ts';
import { clientOf, type ListOptions, listing, type RemoteOptions, reachingService } from '../command-kit.ts';
import { listOf, textOf } from '../fields.ts';
import type { ManagementClient } from '../management-client.ts';
import type { StreamEntry } from '../sse.ts';
import { type Paint, paintFor, plain, type Surroundings, styleOfState } from '../terminal.ts';
import { type SendingOptions, sendAgain, sendingAgain } from './replay.ts';

/** How long a reader waits before it looks for the service again. */
const RECONNECT_MS = 1000;

export function addEvents(program: Command, surroundings: Surroundings): void {
  const events = program.command('events').description('what was received and what became of it');
  listing(
    reachingService(
      events
        .command('tail')
        .description('follow events and deliveries; Ctrl-C ends it')
        .option('--after <position>', 'begin after this position of the stream instead of now'),
    ),
  ).action(async (options: RemoteOptions & ListOptions & { readonly after?: string }) => {
    const paint = paintFor(surroundings);
    const print = (entry: StreamEntry): void =>
      surroundings.out(options.json === true ? `${JSON.stringify(entry)}\n` : `${lineOf(entry, paint)}\n`);
    if (options.json !== true) surroundings.err(paint('dim', 'Waiting for events; Ctrl-C ends it.\n'));
    await follow(clientOf(options, surroundings), options.after, print, surroundings);
  });
  addReplay(events, surroundings);
}

interface ReplayOptions extends SendingOptions, EventFilters {}

function addReplay(events: Command, surroundings: Surroundings): void {
  sendingAgain(
    choosingEvents(
      events
        .command('replay')
        .description('map events anew with today’s blueprint, and send what was not sent then')
        .argument('[ids...]', 'evt_…, as the console and the API show them'),
    ),
    'all that were refused, whole or in part',
  ).action((ids: readonly string[], options: ReplayOptions) =>
    sendAgain(
      {
        path: '/events/replay',
        ids,
        filter: eventFilterOf(options),
        body: {},
        nouns: ['event', 'events'],
        passedBy: 'there is no such event, or it was sent, or consent was missing',
      },
      options,
      surroundings,
    ),
  );
}

/** Follows the stream over restarts of the service; only the first connection must succeed. */
async function follow(
  client: ManagementClient,
  after: string | undefined,
  print: (entry: StreamEntry) => void,
  { ending, err }: Surroundings,
): Promise<void> {
  let position = after;
  let wasConnected = false;
  while (!ending.aborted) {
    try {
      for await (const entry of client.stream(position, ending)) {
        position = entry.id;
        wasConnected = true;
        print(entry);
      }
      wasConnected = true;
    } catch (error) {
      if (ending.aborted) return;
      if (!wasConnected || !isGone(error)) throw error;
    }
    if (ending.aborted) return;
    err('The connection ended; looking for the service again …\n');
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

/** Whether the service is only away: it does not answer, is closing, or a connection broke. */
function isGone(error: unknown): boolean {
  return error instanceof Failure ? error.status === 503 : error instanceof TypeError;
}

function lineOf(entry: StreamEntry, paint: Paint): string {
  return entry.event === 'delivery.updated' ? deliveryLine(entry.data, paint) : eventLine(entry.data, paint);
}

function eventLine(event: unknown, paint: Paint): string {
  const name = textOf(event, 'event') || textOf(event, 'name');
  const who = textOf(event, 'email') || textOf(event, 'user_id') || textOf(event, 'anonymous_id');
  const verdicts = listOf(event, 'verdicts').map((verdict) => {
    const state = textOf(verdict, 'state');
    const code = textOf(verdict, 'code');
    const words = paint(styleOfState(state) ?? 'dim', code === '' ? state : `${state} ${code}`);
    return state === 'mapped' ? [words, ...refusedRules(verdict, paint)].join(', ') : words;
  });
  return [
    paint('dim', clock(textOf(event, 'received_at'))),
    cell(textOf(event, 'type'), 8),
    cell(name, 24),
    cell(who, 28),
    verdicts.join(', ') || paint('dim', 'no integration'),
  ].join('  ');
}

/** Rules of a mapped event that made nothing: no delivery tells of them. */
function refusedRules(verdict: unknown, paint: Paint): readonly string[] {
  return listOf(own(verdict, 'detail'), 'rules')
    .filter((rule) => textOf(rule, 'outcome') === 'invalid')
    .map((rule) =>
      paint(
        styleOfState('invalid') ?? 'dim',
        `${plain(textOf(rule, 'rule'))} invalid ${textOf(rule, 'code')}`,
      ),
    );
}

function deliveryLine(delivery: unknown, paint: Paint): string {
  const state = textOf(delivery, 'state');
  const reason = state === 'delivered' ? '' : plain(textOf(delivery, 'message'));
  return [
    paint('dim', ' '.repeat(8)),
    paint('dim', cell('→', 8)),
    cell(textOf(delivery, 'action'), 24),
    cell(listOf(delivery, 'contacts').map(String).join(', '), 28),
    paint(styleOfState(state) ?? 'dim', state) + (reason === '' ? '' : paint('dim', `  ${reason}`)),
  ].join('  ');
}

function cell(text: string, width: number): string {
  return plain(text).padEnd(width);
}

/** Hours, minutes and seconds of the local day. */
function clock(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : at.toTimeString().slice(0, 8);
}
