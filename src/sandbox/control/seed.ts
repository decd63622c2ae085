/** Fills an account with made-up people and sample rows, the same ones for the same numbers. It must not know about HTTP. */
import type { Context } from '../context.ts';
import { flagOf, isObject, listOf, memberOf, textOf, wholeOf } from '../json.ts';
import { createContact, setFieldValue } from '../state/contacts.ts';
import { recordEvent } from '../state/events.ts';
import { addContactTag, setListStatus, tagNamed } from '../state/memberships.ts';
import type { ListRow } from '../state/rows.ts';
import { OWNER_ID } from '../state/state.ts';

/** What to add. `sample` adds lists, tags, fields, automations, a campaign, a form and an exclusion, and puts them to use. */
export interface SeedPlan {
  readonly contacts: number;
  readonly sample: boolean;
  readonly automations: readonly string[];
  readonly campaigns: readonly string[];
  readonly forms: readonly string[];
  readonly exclusions: readonly {
    readonly matchPhrase: string;
    readonly matchType: string;
    readonly channel: string;
    readonly lists: readonly number[];
  }[];
}

const MAX_SEEDED = 1_000_000;

export function parseSeed(
  value: unknown,
):
  | { readonly ok: true; readonly plan: SeedPlan }
  | { readonly ok: false; readonly problems: readonly string[] } {
  const contacts = memberOf(value, 'contacts') === undefined ? 0 : wholeOf(memberOf(value, 'contacts'));
  if (!isObject(value) || contacts === undefined || contacts > MAX_SEEDED) {
    return { ok: false, problems: [`contacts is a whole number up to ${MAX_SEEDED}.`] };
  }
  const unknown = Object.keys(value).filter((name) => !PARTS.has(name));
  if (unknown.length > 0)
    return { ok: false, problems: unknown.map((name) => `There is nothing named ${name} to seed.`) };
  const names = (part: string): string[] => (listOf(value[part]) ?? []).flatMap((name) => textOf(name) ?? []);
  return {
    ok: true,
    plan: {
      contacts,
      sample: flagOf(value['sample']) ?? false,
      automations: names('automations'),
      campaigns: names('campaigns'),
      forms: names('forms'),
      exclusions: (listOf(value['exclusions']) ?? []).map((entry) => ({
        matchPhrase: textOf(memberOf(entry, 'matchPhrase')) ?? '',
        matchType: textOf(memberOf(entry, 'matchType')) ?? 'exact',
        channel: textOf(memberOf(entry, 'channel')) ?? 'all',
        lists: (listOf(memberOf(entry, 'lists')) ?? []).flatMap((id) => wholeOf(id) ?? []),
      })),
    },
  };
}

const PARTS = new Set(['contacts', 'sample', 'automations', 'campaigns', 'forms', 'exclusions']);

export function seed(context: Context, plan: SeedPlan): void {
  const { state, now } = context;
  for (const name of plan.automations)
    state.automations.add((id) => ({ id, name, description: '', createdAt: now() }));
  for (const name of plan.campaigns)
    state.campaigns.add((id) => ({
      id,
      name,
      automation: state.automations.all()[0]?.id ?? null,
      createdAt: now(),
    }));
  for (const name of plan.forms) state.forms.add((id) => ({ id, name, createdAt: now() }));
  for (const exclusion of plan.exclusions) state.exclusions.add((id) => ({ id, ...exclusion }));
  const sample = plan.sample ? addSample(context) : undefined;
  for (let place = 0; place < plan.contacts; place += 1) addPerson(context, sample);
}

interface Sample {
  readonly lists: readonly ListRow[];
  readonly field: number;
}

function addSample(context: Context): Sample {
  const { state, now } = context;
  const lists = [listNamed(context, 'Newsletter'), listNamed(context, 'Product updates')];
  for (const name of ['Welcome series', 'Win back'])
    state.automations.add((id) => ({ id, name, description: 'A sample', createdAt: now() }));
  state.campaigns.add((id) => ({ id, name: 'Spring letter', automation: null, createdAt: now() }));
  state.forms.add((id) => ({ id, name: 'Sign-up', createdAt: now() }));
  state.exclusions.add((id) => ({
    id,
    matchPhrase: '@blocked.example',
    matchType: 'end',
    channel: 'all',
    lists: [],
  }));
  return { lists, field: planField(context) };
}

/** The dropdown `Plan` with its options, shown on every list. */
function planField({ state, now }: Context): number {
  const known = state.fieldsByTitle.first('plan');
  if (known) return known.id;
  const at = { createdAt: now(), updatedAt: now() };
  const own = {
    title: 'Plan',
    type: 'dropdown',
    perstag: 'PLAN',
    descript: null,
    defval: null,
    service: '',
    visible: true,
    isrequired: false,
  };
  const field = state.fields.add((id) => ({ id, ...own, ordernum: state.fields.size + 1, ...at }));
  for (const [place, value] of PLANS.entries()) {
    state.fieldOptions.add((id) => ({
      id,
      field: field.id,
      orderid: place + 1,
      value,
      label: value,
      isdefault: false,
      createdAt: now(),
    }));
  }
  state.fieldRels.add((id) => ({ id, field: field.id, relid: 0, createdAt: now() }));
  return field.id;
}

function listNamed({ state, now }: Context, name: string): ListRow {
  const known = state.lists.all().find((row) => row.name === name);
  if (known) return known;
  return state.lists.add((id) => ({
    id,
    name,
    stringid: name.toLowerCase().replaceAll(' ', '-'),
    senderUrl: 'https://www.example.com',
    senderReminder: 'You signed up on our site.',
    sendLastBroadcast: false,
    channel: 'email',
    userid: OWNER_ID,
    createdAt: now(),
    updatedAt: now(),
  }));
}

const FIRST = [
  'Ada',
  'Bo',
  'Chloé',
  'Dmitri',
  'Esra',
  'Fatou',
  'Grace',
  'Hiro',
  'Inés',
  'Jane',
  'Kofi',
  'Lena',
  'Mei',
  'Nils',
  'Olga',
  'Priya',
];
const LAST = [
  'Almeida',
  'Berg',
  'Costa',
  'Doe',
  'Eriksen',
  'Fischer',
  'García',
  'Hopper',
  'Ito',
  'Jansen',
  'Khan',
  'Lovelace',
  'Moreau',
  'Novak',
  'Okafor',
  'Petrov',
  'Quinn',
];
const PLANS = ['Free', 'Team', 'Company'];
const TAGS = ['customer', 'trial', 'vip'];

/** The next id decides who it is, so that seeding in two steps gives the same people as in one. */
function addPerson(context: Context, sample: Sample | undefined): void {
  const place = context.state.contacts.lastId + 1;
  const firstName = FIRST[place % FIRST.length] ?? '';
  const lastName = LAST[place % LAST.length] ?? '';
  const phone = `+1 555 ${String(place % 10_000).padStart(4, '0')}`;
  const { id, email } = createContact(context, `person${place}@example.com`, { firstName, lastName, phone });
  if (!sample) return;
  const list = sample.lists[place % sample.lists.length];
  if (list) setListStatus(context, { contact: id, list: list.id, status: place % 9 === 0 ? 2 : 1 });
  addContactTag(context, id, tagNamed(context, TAGS[place % TAGS.length] ?? ''));
  setFieldValue(context, id, { field: sample.field, value: PLANS[place % PLANS.length] ?? '' });
  if (place % 4 === 0) recordEvent(context, email, 'page_view', 'https://www.example.com/pricing');
}
