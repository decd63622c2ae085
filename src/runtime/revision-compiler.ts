/** Makes a stored revision ready for processing: blueprint compiled, actions gated by its settings. It must not know any vendor. */
import { compileBlueprint } from '../blueprint/document/compile.ts';
import type { CompiledDestination } from '../destination/compile.ts';
import { MASK } from '../destination/mask.ts';
import { type Email, parseEmail } from '../event/email.ts';
import { Failure } from '../event/failure.ts';
import type { JsonObject } from '../event/json.ts';
import type { ActionGate, CompiledRevision, RevisionCompiler } from '../processing/configuration.ts';
import type { Revision, Template } from '../store/ports/config-store.ts';

export type Destinations = ReadonlyMap<string, CompiledDestination>;

/** The destination of a template. Failure INTERNAL when this program no longer has it. */
export function destinationOf(destinations: Destinations, template: Template): CompiledDestination {
  const destination = destinations.get(template.catalogVendorKey);
  if (destination !== undefined) return destination;
  throw new Failure(
    'INTERNAL',
    `The integration ${template.name} needs the destination ${template.catalogVendorKey}, which this program does not have.`,
  );
}

export function createRevisionCompiler(destinations: Destinations): RevisionCompiler {
  return {
    compile: (template, revision, parameters) =>
      compileRevision(destinationOf(destinations, template), revision, parameters),
    lane: (template, newest) => laneOf(destinationOf(destinations, template), newest.settings),
  };
}

/** The account that settings name; the destination's own name where it knows no accounts. */
export function laneOf(destination: CompiledDestination, settings: JsonObject): string {
  return destination.definition.account?.(settings) ?? destination.slug;
}

/** The revision that settings are taken from. */
export function newestOf(revisions: readonly Revision[]): Revision | undefined {
  return revisions.reduce<Revision | undefined>(
    (best, revision) => (best === undefined || revision.number > best.number ? revision : best),
    undefined,
  );
}

function compileRevision(
  destination: CompiledDestination,
  revision: Revision,
  parameters: Readonly<Record<string, string>>,
): CompiledRevision {
  const actions = Object.fromEntries(
    Object.entries(destination.actions).map(([slug, { definition }]) => [slug, definition]),
  );
  const masked = Object.fromEntries(Object.keys(revision.sealed).map((name) => [name, MASK]));
  const settings: JsonObject = { ...revision.settings, ...masked };
  return {
    mapper: compileBlueprint(revision.blueprint, {
      actions,
      parameters,
      defaultActions: defaultActionsOf(destination),
    }),
    actions: new Map(
      Object.keys(destination.actions).map((slug) => [slug, gateOf(destination, slug, settings)]),
    ),
    ...consentOf(revision.settings),
  };
}

/** Which actions a rule without `action` means: the destination's presets tell. */
export function defaultActionsOf(destination: CompiledDestination): {
  readonly identify: string;
  readonly other: string;
} {
  const presetFor = (type: string): string | undefined =>
    destination.definition.presets?.find(
      (preset) => 'subscribe' in preset && preset.subscribe.includes(`type = "${type}"`),
    )?.partnerAction;
  const [first = ''] = Object.keys(destination.actions);
  return { identify: presetFor('identify') ?? first, other: presetFor('track') ?? first };
}

function gateOf(destination: CompiledDestination, slug: string, settings: JsonObject): ActionGate {
  const action = destination.actions[slug];
  return {
    unavailable: destination.definition.available?.(slug, settings),
    contacts: (payload) => emailsOf(action?.definition.contactKey?.(payload)),
    check: (payload) => action?.check(payload) as ReturnType<ActionGate['check']>,
  };
}

function emailsOf(named: string | readonly string[] | undefined): readonly Email[] {
  const emails: Email[] = [];
  for (const address of typeof named === 'string' ? [named] : (named ?? [])) {
    const email = parseEmail(address);
    if (email !== undefined) emails.push(email);
  }
  return emails;
}

/** Whose consent an integration needs, with the documented defaults. */
export function consentOf(
  settings: JsonObject,
): Pick<CompiledRevision, 'consentCategories' | 'missingConsent'> {
  const categories = settings['consent_categories'];
  return {
    consentCategories: Array.isArray(categories)
      ? categories.flatMap((category) => (typeof category === 'string' ? [category] : []))
      : ['marketing'],
    missingConsent: settings['missing_consent'] === 'allow' ? 'allow' : 'deny',
  };
}
