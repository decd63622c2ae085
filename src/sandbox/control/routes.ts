/** The table of `/_sandbox` paths. */
import type { Context } from '../context.ts';
import { viewAnswer } from '../http/exchange.ts';
import { type Faults, parseFaults } from '../http/faults.ts';
import type { RequestLog } from '../http/request-log.ts';
import { wholeOf } from '../json.ts';
import type { Connection } from '../page/document.ts';
import { pageAnswer, scriptAnswer, styleAnswer } from '../page/page.ts';
import { parseSettings } from '../settings.ts';
import { accountView } from './account-view.ts';
import {
  CONTROL_PATH,
  type ControlRequest,
  type ControlRoute,
  type ControlRun,
  done,
  problem,
} from './control.ts';
import { contactDetail, overview } from './overview.ts';
import { parseSeed, seed } from './seed.ts';

/** What the control paths may take hold of. */
export interface Steering {
  readonly context: Context;
  readonly faults: Faults;
  readonly log: RequestLog;
  connection(): Connection;
  /** Empties the account and puts limits, faults and settings back to the start. */
  reset(): void;
}

export function controlRoutes(steering: Steering): readonly ControlRoute[] {
  const { context, faults, log } = steering;
  return [
    route('GET', '', () => pageAnswer(steering.connection())),
    route('GET', '/page.css', styleAnswer),
    route('GET', '/page.js', scriptAnswer),
    route('GET', '/overview', ({ query }) =>
      viewAnswer(overview(context, faults, log, query.get('search') ?? '')),
    ),
    route('GET', '/contacts/{id}', ({ parameters }) => contactAnswer(context, parameters['id'])),
    route('GET', '/account', () => viewAnswer(accountView(context))),
    route('GET', '/requests', ({ query }) => viewAnswer(log.since(Number(query.get('since')) || 0))),
    route('GET', '/faults', () => viewAnswer({ rules: faults.rules })),
    route('POST', '/faults', (request) => addFaults(faults, request)),
    route('DELETE', '/faults', () => {
      faults.clear();
      return done();
    }),
    route('GET', '/settings', () => viewAnswer(context.settings())),
    route('POST', '/settings', (request) => changeSettings(context, request)),
    route('POST', '/seed', (request) => addSeed(context, request)),
    route('POST', '/reset', () => {
      steering.reset();
      return done();
    }),
  ];
}

function route(method: string, path: string, run: ControlRun): ControlRoute {
  return { method, path: CONTROL_PATH + path, run };
}

function contactAnswer(context: Context, id: string | undefined) {
  const detail = contactDetail(context, wholeOf(id));
  return detail ? viewAnswer(detail) : problem(404, 'NOT_FOUND', [`There is no contact ${id}.`]);
}

function addFaults(faults: Faults, { body }: ControlRequest) {
  const parsed = parseFaults(body);
  if (!parsed.ok) return problem(400, 'BAD_FAULT', parsed.problems);
  faults.add(parsed.rules);
  return viewAnswer({ rules: faults.rules });
}

function changeSettings(context: Context, { body }: ControlRequest) {
  const parsed = parseSettings(body);
  if (!parsed.ok) return problem(400, 'BAD_SETTING', parsed.problems);
  context.changeSettings(parsed.changes);
  return viewAnswer(context.settings());
}

function addSeed(context: Context, { body }: ControlRequest) {
  const parsed = parseSeed(body);
  if (!parsed.ok) return problem(400, 'BAD_SEED', parsed.problems);
  seed(context, parsed.plan);
  return viewAnswer({ contacts: context.state.contacts.size });
}
