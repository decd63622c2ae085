/** `signal blueprint …`: check a blueprint and run its cases here; preview, compare and publish it through the service. It must not know how blueprints work. */

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { activecampaign } from '../../activecampaign/destination.ts';
import {
  type BlueprintProblem,
  type CaseResult,
  checkBlueprint,
  compileBlueprint,
  diffBlueprints,
  parseBlueprintText,
  runCases,
} from '../../blueprint/index.ts';
import { compileDestination } from '../../destination/compile.ts';
import { Failure } from '../../event/failure.ts';
import { isObject, type JsonObject, own } from '../../event/json.ts';
import {
  clientOf,
  type ListOptions,
  listing,
  printJson,
  type RemoteOptions,
  reachingService,
} from '../command-kit.ts';
import { listOf, textOf } from '../fields.ts';
import { readDocument, readText } from '../files.ts';
import type { ManagementClient } from '../management-client.ts';
import { type Paint, paintFor, plain, type Surroundings } from '../terminal.ts';
import { describeTrace } from './trace.ts';

const destination = compileDestination(activecampaign);

/** The actions that blueprints can name. */
const actions = Object.fromEntries(
  Object.entries(destination.actions).map(([slug, action]) => [slug, action.definition]),
);

export function addBlueprint(program: Command, surroundings: Surroundings): void {
  const blueprint = program.command('blueprint').description('write, check and publish blueprints');
  addValidate(blueprint, surroundings);
  addTest(blueprint, surroundings);
  addPreview(blueprint, surroundings);
  addDiff(blueprint, surroundings);
  addApply(blueprint, surroundings);
}

function addValidate(blueprint: Command, surroundings: Surroundings): void {
  listing(
    blueprint
      .command('validate')
      .description('say everything that is wrong with a blueprint')
      .argument('<file>', 'JSON or YAML')
      .option(
        '--events <file>',
        'events to check the sources against (default: those of the cases beside FILE)',
      ),
  ).action((file: string, options: ListOptions & { readonly events?: string }) => {
    const cases = options.events ?? findCasesBeside(file);
    const sampleEvents = cases === undefined ? [] : eventsIn(readDocument(cases), cases);
    const { problems } = checkBlueprint(readText(file), { actions, sampleEvents });
    const mistakes = problems.filter(({ severity }) => severity === 'error').length;
    const paint = paintFor(surroundings);
    if (options.json === true) printJson(problems, surroundings);
    else for (const problem of problems) surroundings.out(`${problemLine(file, problem, paint)}\n`);
    if (mistakes > 0) {
      throw new Failure(
        'BLUEPRINT_INVALID',
        `${file} has ${mistakes === 1 ? 'one mistake' : `${mistakes} mistakes`}.`,
      );
    }
    if (options.json !== true) surroundings.out(`${paint('green', '✓')} ${file} can be used.\n`);
  });
}

/** `file:line:column`, as editors and terminals make it a link. */
function problemLine(file: string, problem: BlueprintProblem, paint: Paint): string {
  const place = [file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  const sign = problem.severity === 'error' ? paint('red', '✗') : paint('yellow', '!');
  const path = problem.path === '' ? '' : paint('dim', ` (${plain(problem.path)})`);
  return `${sign} ${place}  ${plain(problem.message)}${path}`;
}

function addTest(blueprint: Command, surroundings: Surroundings): void {
  listing(
    blueprint
      .command('test')
      .description("run a blueprint's cases")
      .argument('<file>', 'JSON or YAML')
      .option('--cases <file>', 'the cases (default: FILE with .cases.json or .cases.yaml)'),
  ).action((file: string, options: ListOptions & { readonly cases?: string }) => {
    const compiled = compileBlueprint(parseBlueprintText(readText(file)), { actions });
    const results = runCases(
      compiled,
      readDocument(options.cases ?? casesBeside(file)),
      (action, payload) => {
        const checked = destination.actions[action]?.check(payload);
        return checked?.ok === true && isJsonObject(checked.payload)
          ? { ok: true, payload: checked.payload }
          : { ok: false };
      },
    );
    const failed = results.filter(({ passed }) => !passed).length;
    const paint = paintFor(surroundings);
    if (options.json === true) printJson(results, surroundings);
    else for (const result of results) surroundings.out(caseLines(result, paint));
    if (failed > 0) throw new Failure('VALIDATION_FAILED', `${failed} of ${results.length} cases failed.`);
    if (options.json !== true) surroundings.out(`${results.length} cases passed.\n`);
  });
}

const stemOf = (file: string): string => file.replace(/\.(json|ya?ml)$/i, '');

function findCasesBeside(file: string): string | undefined {
  return ['json', 'yaml', 'yml']
    .map((end) => `${stemOf(file)}.cases.${end}`)
    .find((name) => existsSync(name));
}

function casesBeside(file: string): string {
  const found = findCasesBeside(file);
  if (found !== undefined) return found;
  throw new Failure(
    'INVALID_REQUEST',
    `There is no ${stemOf(file)}.cases.json. Write one, or name a file with --cases.`,
  );
}

/** The events of a file: one event, a list of them, a batch as it is sent, or cases. */
function eventsIn(content: unknown, file: string): readonly unknown[] {
  const lists = ['cases', 'events', 'batch'].map((name) => own(content, name));
  const list = [content, ...lists].find((value) => Array.isArray(value)) ?? [content];
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  const events = entries
    .map((entry) => (isObject(own(entry, 'event')) ? own(entry, 'event') : entry))
    .filter((event) => typeof own(event, 'type') === 'string');
  if (events.length > 0) return events;
  throw new Failure(
    'INVALID_REQUEST',
    `The file ${file} should hold an event (an object with a "type"), a list of events, {"events": […]}, {"batch": […]} or cases.`,
  );
}

function caseLines({ name, passed, differences }: CaseResult, paint: Paint): string {
  const sign = passed ? paint('green', '✓') : paint('red', '✗');
  const lines = differences.map((difference) => `    ${plain(difference)}\n`);
  return `${sign} ${plain(name)}\n${lines.join('')}`;
}

interface OnIntegration extends RemoteOptions {
  readonly integration?: string;
}

function onIntegration(command: Command): Command {
  return reachingService(command).option(
    '--integration <name>',
    'name or id (tmpl_…) of the integration (default: the only one)',
  );
}

function addPreview(blueprint: Command, surroundings: Surroundings): void {
  listing(
    onIntegration(
      blueprint
        .command('preview')
        .description('show what an event would send with this blueprint, sending nothing')
        .argument('<file>', 'the blueprint, JSON or YAML')
        .option('--event <file>', 'the event, JSON or YAML (- reads standard input)')
        .option('--event-id <ids...>', 'recorded events, evt_…'),
    ),
  ).action(
    async (
      file: string,
      options: OnIntegration &
        ListOptions & { readonly event?: string; readonly eventId?: readonly string[] },
    ) => {
      const client = clientOf(options, surroundings);
      const document = parseBlueprintText(readText(file));
      const template = await findIntegration(client, options.integration);
      const answer = await client.post(`/integration-templates/${textOf(template, 'id')}/preview`, {
        blueprint: document,
        ...(options.event === undefined ? {} : { event: readDocument(options.event) }),
        ...(options.eventId === undefined ? {} : { event_ids: options.eventId }),
      });
      const traces = listOf(answer, 'data');
      if (options.json === true) return printJson(traces, surroundings);
      for (const trace of traces) surroundings.out(describeTrace(trace, paintFor(surroundings)));
    },
  );
}

function addDiff(blueprint: Command, surroundings: Surroundings): void {
  listing(
    onIntegration(
      blueprint
        .command('diff')
        .description('tell in words what changed')
        .argument('<file>', 'the blueprint, JSON or YAML')
        .argument('[other]', 'an older blueprint (default: the newest revision of the integration)'),
    ),
  ).action(async (file: string, other: string | undefined, options: OnIntegration & ListOptions) => {
    const after = parseBlueprintText(readText(file));
    const before =
      other === undefined
        ? await newestBlueprint(options, surroundings)
        : parseBlueprintText(readText(other));
    const changes = diffBlueprints(before, after);
    if (options.json === true) return printJson(changes, surroundings);
    surroundings.out(changes.length === 0 ? 'Nothing changed.\n' : `${changes.map(plain).join('\n')}\n`);
  });
}

async function newestBlueprint(options: OnIntegration, surroundings: Surroundings): Promise<unknown> {
  const client = clientOf(options, surroundings);
  const template = await findIntegration(client, options.integration);
  const [newest] = await client.rows(`/integration-templates/${textOf(template, 'id')}/revisions`, {}, 1);
  return own(newest, 'blueprint');
}

function addApply(blueprint: Command, surroundings: Surroundings): void {
  listing(
    onIntegration(
      blueprint
        .command('apply')
        .description('publish a blueprint as a new revision')
        .argument('<file>', 'JSON or YAML')
        .requiredOption('--summary <text>', 'what changed and why, for people')
        .option('--draft', 'add the revision without moving any pipeline to it'),
    ),
  ).action(
    async (
      file: string,
      options: OnIntegration & ListOptions & { readonly summary: string; readonly draft?: true },
    ) => {
      const client = clientOf(options, surroundings);
      const template = await findIntegration(client, options.integration);
      const revision = await client.post(`/integration-templates/${textOf(template, 'id')}/revisions`, {
        blueprint: parseBlueprintText(readText(file)),
        change_summary: options.summary,
        publish: options.draft !== true,
      });
      if (options.json === true) return printJson(revision, surroundings);
      const paint = paintFor(surroundings);
      const verb = options.draft === true ? 'Kept as a draft:' : 'Published';
      surroundings.out(
        `${paint('green', '✓')} ${verb} revision ${textOf(revision, 'revision_number')} of ${plain(textOf(template, 'name'))}.\n`,
      );
    },
  );
}

/** The integration of this name or id; without either, the only one that there is. */
async function findIntegration(client: ManagementClient, wanted: string | undefined): Promise<unknown> {
  const rows = await client.rows('/integration-templates', {}, 1000);
  const names = rows.map((row) => textOf(row, 'name')).join(', ');
  const found = rows.filter(
    (row) => wanted === undefined || textOf(row, 'id') === wanted || textOf(row, 'name') === wanted,
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (rows.length === 0) {
    throw new Failure('NOT_FOUND', 'No integration is installed. Install one with "signal install".');
  }
  throw new Failure(
    'NOT_FOUND',
    wanted === undefined
      ? `There are several integrations: ${plain(names)}. Choose one with --integration.`
      : `There is no integration "${plain(wanted)}". There are: ${plain(names)}.`,
  );
}

/** A checked payload is JSON: it came from an event and a blueprint. */
function isJsonObject(payload: unknown): payload is JsonObject {
  return isObject(payload);
}
