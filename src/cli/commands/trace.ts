/** One trace of a preview, for people. It must not know how previews are made. */
import { isObject, own } from '../../event/json.ts';
import { listOf, textOf } from '../fields.ts';
import { type Paint, plain, styleOfState } from '../terminal.ts';

/** The road of one event, from top to bottom; with a draft, what the present blueprint makes of it comes last. */
export function describeTrace(trace: unknown, paint: Paint): string {
  const event = own(trace, 'event');
  const consent = own(trace, 'consent');
  const name = textOf(event, 'event') || textOf(event, 'name');
  const known = own(consent, 'known');
  const choices = Object.entries(isObject(known) ? known : {}).map(
    ([category, granted]) => `${category}: ${granted}`,
  );
  const facts: readonly (readonly [string, string])[] = [
    ['Person', textOf(trace, 'email') || 'no address known'],
    [
      'Consent',
      `${textOf(consent, 'judgement')} (needs ${listOf(consent, 'needed').map(String).join(', ') || 'none'}; ${choices.join(', ') || 'nothing known'})`,
    ],
  ];
  const before = own(trace, 'before');
  return [
    paint('bold', plain(`${textOf(event, 'type')} ${name}`.trim())),
    ...facts.map(([title, text]) => `  ${paint('dim', title.padEnd(8))}  ${plain(text)}`),
    ...outlook('Now', trace, paint),
    ...(before === undefined ? [] : outlook('Before', before, paint)),
    '',
    '',
  ].join('\n');
}

function outlook(title: string, of: unknown, paint: Paint): readonly string[] {
  const verdict = own(of, 'verdict');
  const state = textOf(verdict, 'state');
  const message = textOf(verdict, 'message');
  return [
    `  ${paint('dim', title.padEnd(8))}  ${paint(styleOfState(state) ?? 'dim', state)}${message === '' ? '' : `  ${plain(message)}`}`,
    ...listOf(of, 'operations').flatMap((operation) => operationLines(operation, paint)),
  ];
}

function operationLines(operation: unknown, paint: Paint): readonly string[] {
  const requests = listOf(operation, 'requests').flatMap((request) => {
    const body = textOf(request, 'body');
    return [
      `      ${paint('cyan', textOf(request, 'method'))} ${plain(textOf(request, 'url'))}`,
      ...(body === '' ? [] : [`        ${plain(body)}`]),
    ];
  });
  const note = textOf(operation, 'note');
  return [
    `    ${paint('bold', textOf(operation, 'action'))} ${paint('dim', `by rule ${plain(textOf(operation, 'rule'))}`)}`,
    `      ${plain(JSON.stringify(own(operation, 'payload')))}`,
    ...requests,
    ...(note === '' ? [] : [`      ${paint('dim', plain(note))}`]),
  ];
}
