/** What ActiveCampaign would most likely answer, for showing requests that are never sent. It must not know who looks at them. */
import type { ImaginedAnswer, ImaginedRequest } from '../destination/definition.ts';
import { isObject } from '../event/json.ts';
import { eventName } from './event-name.ts';
import { tagNames } from './metadata/tags.ts';

/** What is named is there, memberships are not: so that every request which the action may make is shown. */
export function imagine(request: ImaginedRequest): ImaginedAnswer | undefined {
  const { pathname, searchParams } = new URL(request.url);
  const [, place = ''] = /\/api\/3(\/.*)$/.exec(pathname) ?? [];
  for (const { method, path, answer } of ANSWERS) {
    if (method === request.method && path.test(place)) return ok(answer(request, searchParams));
  }
  if (request.method === 'DELETE' && place !== '') return ok({});
  // The tracking endpoint is the only one outside of the API that an action calls.
  return place === '' && request.method === 'POST' ? ok({ success: 1, message: 'Event spawned' }) : undefined;
}

const ok = (body: unknown): ImaginedAnswer => ({ status: 200, body });

interface Rule {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: RegExp;
  readonly answer: (request: ImaginedRequest, search: URLSearchParams) => Readonly<Record<string, unknown>>;
}

const CONTACT = 'id of the contact';

const ANSWERS: readonly Rule[] = [
  {
    method: 'POST',
    path: /^\/contact\/sync$/,
    answer: ({ idOf }) => ({ contact: { id: idOf(CONTACT) } }),
  },
  {
    method: 'PUT',
    path: /^\/contacts\/\d+$/,
    answer: ({ idOf }) => ({ contact: { id: idOf(CONTACT) } }),
  },
  {
    method: 'GET',
    path: /^\/contacts$/,
    answer: ({ idOf }, search) => list('contacts', [{ id: idOf(CONTACT), email: search.get('email') ?? '' }]),
  },
  { method: 'GET', path: /^\/contacts\/\d+\/contactTags$/, answer: contactTags },
  { method: 'GET', path: /^\/contacts\/\d+\/contactLists$/, answer: () => list('contactLists', []) },
  { method: 'GET', path: /^\/contacts\/\d+\/contactAutomations$/, answer: contactAutomations },
  { method: 'POST', path: /^\/contactTags$/, answer: ({ idOf }) => made('contactTag', idOf) },
  { method: 'POST', path: /^\/contactLists$/, answer: ({ idOf }) => made('contactList', idOf) },
  { method: 'POST', path: /^\/contactAutomations$/, answer: ({ idOf }) => made('contactAutomation', idOf) },
  { method: 'POST', path: /^\/notes$/, answer: ({ idOf }) => made('note', idOf) },
  {
    method: 'GET',
    path: /^\/tags$/,
    answer: ({ idOf }, search) => {
      const tag = search.get('search') ?? '';
      return list('tags', [{ id: tagId(idOf, tag), tag, tagType: 'contact' }]);
    },
  },
  {
    method: 'GET',
    path: /^\/lists$/,
    answer: ({ idOf, payload, settings }) =>
      list(
        'lists',
        [...textsOf(payload['lists']), ...textsOf(settings['default_lists'])].map((name) => ({
          id: idOf(`id of list ${quoted(name)}`),
          name,
        })),
      ),
  },
  {
    method: 'GET',
    path: /^\/automations$/,
    answer: ({ idOf, payload }) =>
      list(
        'automations',
        textsOf(payload['automation']).map((name) => ({ id: automationId(idOf, name), name })),
      ),
  },
  { method: 'GET', path: /^\/fields$/, answer: fields },
  {
    method: 'GET',
    path: /^\/eventTrackingEvents$/,
    answer: ({ payload }) =>
      list(
        'eventTrackingEvents',
        textsOf(payload['event']).map((name) => ({ name: eventName(name) ?? name })),
      ),
  },
  {
    method: 'GET',
    path: /^\/accounts$/,
    answer: ({ idOf }, search) => {
      const name = search.get('search') ?? '';
      return list('accounts', [{ id: idOf(`id of account ${quoted(name)}`), name }]);
    },
  },
  {
    method: 'GET',
    path: /^\/connections$/,
    answer: ({ idOf }, search) => {
      const service = search.get('filters[service]');
      const externalid = search.get('filters[externalid]');
      // Who asks for all of them is about to delete what they hold: there is nothing.
      if (externalid === null) return list('connections', []);
      return list('connections', [{ id: idOf(`id of store ${quoted(externalid)}`), service, externalid }]);
    },
  },
  { method: 'POST', path: /^\/ecomCustomers$/, answer: ({ idOf }) => made('ecomCustomer', idOf) },
  { method: 'GET', path: /^\/ecomOrders$/, answer: orders },
  { method: 'POST', path: /^\/ecomOrders$/, answer: ({ idOf }) => made('ecomOrder', idOf) },
  { method: 'PUT', path: /^\/ecomOrders\/\d+$/, answer: ({ idOf }) => made('ecomOrder', idOf) },
  { method: 'GET', path: /^\/accountContacts$/, answer: () => list('accountContacts', []) },
  { method: 'POST', path: /^\/accountContacts$/, answer: ({ idOf }) => made('accountContact', idOf) },
];

/** Whoever takes tags off a contact expects them there; whoever sets them finds none. */
function contactTags({ action, payload, idOf }: ImaginedRequest) {
  const names = action === 'removeTags' ? tagNames(textsOf(payload['tags'])) : [];
  return list(
    'contactTags',
    names.map((name) => ({
      id: idOf(`id of the contact’s tag ${quoted(name)}`),
      tag: /^\d+$/.test(name) ? name : tagId(idOf, name),
    })),
  );
}

/** Whoever refunds an order expects it there; whoever records one finds none. */
function orders({ action, idOf }: ImaginedRequest, search: URLSearchParams) {
  const externalid = search.get('filters[externalid]');
  const connectionid = search.get('filters[connectionid]');
  return list(
    'ecomOrders',
    action === 'refundOrder' && externalid !== null
      ? [{ id: idOf(`id of order ${quoted(externalid)}`), externalid, connectionid }]
      : [],
  );
}

function contactAutomations({ payload, idOf }: ImaginedRequest) {
  return list(
    'contactAutomations',
    textsOf(payload['automation']).map((name) => ({
      id: idOf(`id of the contact’s run of automation ${quoted(name)}`),
      automation: /^\d+$/.test(name) ? name : automationId(idOf, name),
    })),
  );
}

function fields({ payload, idOf }: ImaginedRequest) {
  const named = isObject(payload['fields']) ? Object.keys(payload['fields']) : [];
  return list(
    'fields',
    named.map((name) => ({
      id: /^\d+$/.test(name) ? name : idOf(`id of field ${quoted(name)}`),
      title: name,
      perstag: '',
      type: 'text',
    })),
  );
}

type IdOf = ImaginedRequest['idOf'];

const quoted = (name: string): string => JSON.stringify(name.trim());
const tagId = (idOf: IdOf, name: string): string => idOf(`id of tag ${quoted(name)}`);
const automationId = (idOf: IdOf, name: string): string => idOf(`id of automation ${quoted(name)}`);

function list(key: string, rows: readonly unknown[]): Readonly<Record<string, unknown>> {
  return { [key]: rows, meta: { total: String(rows.length) } };
}

function made(key: string, idOf: IdOf): Readonly<Record<string, unknown>> {
  return { [key]: { id: idOf('id of what was made') } };
}

/** Texts of a text or a list; numbers count as their text. */
function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((each) =>
    (typeof each === 'string' && each.trim() !== '') || typeof each === 'number' ? [String(each)] : [],
  );
}
