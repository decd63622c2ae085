/**
 * Replays every recorded exchange against a simulated account and compares status, content type, members, kinds of
 * values and error texts. The recordings are not part of the project; where they are absent, this says so and skips.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { account, at, call, contactNamed, steer } from './account.ts';

const FOLDER = resolve('../shared/data/recorded-exchanges');
const isThere = existsSync(FOLDER);
if (!isThere) console.warn('skipped: no recorded exchanges beside the repository');

interface Exchange {
  readonly id: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

function recorded(): Exchange[] {
  const files = isThere ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : [];
  return files.flatMap((name) => {
    const file: { exchanges: Exchange[] } = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'));
    return file.exchanges.map((exchange) => exchange);
  });
}

type Prepare = (sandbox: Sandbox) => Promise<void>;

async function repeat(count: number, run: (place: number) => Promise<unknown>): Promise<void> {
  for (let place = 1; place <= count; place += 1) await run(place);
}

const pipelines =
  (count: number): Prepare =>
  (sandbox) =>
    repeat(count, (place) =>
      call(sandbox, 'POST', '/dealGroups', { dealGroup: { title: `Pipeline ${place}`, currency: 'usd' } }),
    );

/** The third pipeline lost all stages but its first. */
const fewerStages =
  (count: number): Prepare =>
  async (sandbox) => {
    await pipelines(count)(sandbox);
    await call(sandbox, 'DELETE', '/dealStages/8');
    await call(sandbox, 'DELETE', '/dealStages/9');
  };

/** `hidden` deals in a pipeline that is not for everybody, then `shown` ones in another. */
const deals =
  (hidden: number, shown: number): Prepare =>
  async (sandbox) => {
    await call(sandbox, 'POST', '/dealGroups', { dealGroup: { title: 'Not for you', allgroups: 0 } });
    await pipelines(3)(sandbox);
    const contact = await contactNamed(sandbox, 'api@example.com');
    await repeat(hidden + shown, (place) => {
      const deal = {
        title: `Deal ${place}`,
        contact,
        value: 9377,
        currency: 'usd',
        group: place > hidden ? '4' : '1',
      };
      return call(sandbox, 'POST', '/deals', { deal });
    });
  };

const lists =
  (count: number): Prepare =>
  (sandbox) =>
    repeat(count, (place) =>
      call(sandbox, 'POST', '/lists', {
        list: {
          name: `List ${place}`,
          stringid: `list-${place}`,
          sender_url: 'https://a.example',
          sender_reminder: 'You signed up',
        },
      }),
    );

const tags =
  (count: number): Prepare =>
  (sandbox) =>
    repeat(count, (place) =>
      call(sandbox, 'POST', '/tags', {
        tag: { tag: `tag ${place}`, tagType: 'contact', description: 'A tag' },
      }),
    );

const contacts =
  (count: number): Prepare =>
  (sandbox) =>
    repeat(count, (place) => contactNamed(sandbox, `person${place}@example.com`));

const fields =
  (count: number): Prepare =>
  async (sandbox) => {
    await repeat(count, (place) =>
      call(sandbox, 'POST', '/fields', { field: { title: `Field ${place}`, type: 'dropdown' } }),
    );
    const fieldOptions = Array.from({ length: 75 }, (_, place) => ({
      field: 1,
      orderid: place + 1,
      value: `o${place}`,
      label: `Option ${place}`,
    }));
    await call(sandbox, 'POST', '/fieldOption/bulk', { fieldOptions });
    await call(sandbox, 'POST', '/fieldRels', { fieldRel: { field: 1, relid: 0 } });
  };

const notes =
  (count: number): Prepare =>
  async (sandbox) => {
    await contactNamed(sandbox, 'api@example.com');
    await repeat(count, (place) =>
      call(sandbox, 'POST', '/notes', { note: { note: `Note ${place}`, relid: 1, reltype: 'Subscriber' } }),
    );
  };

const companies =
  (count: number): Prepare =>
  (sandbox) =>
    repeat(count, (place) =>
      call(sandbox, 'POST', '/accounts', {
        account: { name: `Company ${place}`, ...(place === 1 && { accountUrl: 'https://a.example' }) },
      }),
    );

const seeded =
  (plan: object): Prepare =>
  async (sandbox) => {
    await steer(sandbox, 'POST', '/seed', plan);
  };

const onList: Prepare = async (sandbox) => {
  await lists(3)(sandbox);
  await contactNamed(sandbox, 'api@example.com');
  await call(sandbox, 'POST', '/contactLists', {
    contactList: { list: 3, contact: 1, status: 1, sourceid: 4 },
  });
};

/** What the account held when each exchange was recorded, as far as its answer shows. */
const PREPARE: Readonly<Record<string, Prepare>> = {
  'delete-campaign': seeded({ campaigns: Array.from({ length: 10 }, (_, place) => `Campaign ${place}`) }),
  'delete-deal-stage': pipelines(3),
  'delete-custom-field': fields(6),
  'delete-list': lists(15),
  'delete-note': notes(4),
  'delete-tag': tags(16),
  accounts: companies(12),
  'list-accounts': companies(12),
  'get-automation': seeded({ automations: ['Launch'] }),
  campaigns: seeded({ automations: ['Launch'], campaigns: ['One', 'Two', 'Three', 'Four', 'Five'] }),
  'list-campaigns': seeded({ automations: ['Launch'], campaigns: ['One', 'Two', 'Three', 'Four', 'Five'] }),
  'get-contact': async (sandbox) => {
    await deals(11, 2)(sandbox);
    await lists(3)(sandbox);
    await call(sandbox, 'POST', '/contactLists', { contactList: { list: 3, contact: 1, status: 1 } });
    await call(sandbox, 'PATCH', '/contacts/1', { contact: { firstName: 'API Test' } });
  },
  'list-contacts': contacts(10),
  'get-deal-group': fewerStages(3),
  'list-deal-stages': fewerStages(7),
  'get-deal': deals(1, 0),
  deals: async (sandbox) => {
    await deals(11, 4)(sandbox);
    await call(sandbox, 'PATCH', '/deals/14', { deal: { title: 'Updated' } });
  },
  'custom-fields': fields(5),
  'list-custom-fields': fields(5),
  'list-forms': seeded({ forms: ['Sign-up'] }),
  'get-list': lists(3),
  'list-lists': lists(12),
  'list-notes': notes(5),
  tags: tags(14),
  'list-tags': tags(14),
  'update-account': companies(1),
  'update-deal': deals(11, 6),
  'sync-contact': async (sandbox) => {
    await contactNamed(sandbox, 'sync-test@example.com');
  },
  'add-contact-to-list': onList,
  'create-deal-group': async () => {},
  'create-deal-stage': pipelines(3),
  'create-note': notes(1),
  'create-tag': tags(2),
  'update-deal-group': pipelines(4),
};

/** The difference of two values in members, kinds and messages, as sentences; other values are left alone. No difference is excused. */
function differences(actual: unknown, wanted: unknown, path: string): string[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(actual)) return [`${path}: ${kind(actual)} for a list`];
    if (actual.length !== wanted.length) return [`${path}: ${actual.length} rows for ${wanted.length}`];
    return wanted.flatMap((entry, place) => differences(actual[place], entry, `${path}.*`));
  }
  if (kind(actual) !== kind(wanted)) return [`${path}: ${kind(actual)} for ${kind(wanted)}`];
  if (path.endsWith('.message') && kind(wanted) === 'text' && actual !== wanted)
    return [`${path}: ${actual} for ${wanted}`];
  if (kind(wanted) !== 'object') return [];
  const [own, theirs] = [Object.keys(actual ?? {}), Object.keys(wanted ?? {})];
  return [
    ...own.filter((name) => !theirs.includes(name)).map((name) => `${path}.${name}: not recorded`),
    ...theirs.filter((name) => !own.includes(name)).map((name) => `${path}.${name}: missing`),
    ...theirs
      .filter((name) => own.includes(name))
      .flatMap((name) => differences(at(actual, name), at(wanted, name), `${path}.${name}`)),
  ];
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value !== 'string') return typeof value;
  if (/^https?:/.test(value)) return 'link';
  if (/^\d{4}-\d{2}-\d{2}T[\d:]{8}[+-]\d{2}:\d{2}$/.test(value)) return 'zone date';
  if (/^\d{4}-\d{2}-\d{2} [\d:]{8}$/.test(value)) return 'local date';
  return /^-?\d+$/.test(value) ? 'digits' : 'text';
}

function send(sandbox: Sandbox, { method, path, query, body }: Exchange['request']) {
  const search = new URLSearchParams(query).toString();
  return call(
    sandbox,
    method,
    path.replace('/api/3', '') + (search === '' ? '' : `?${search}`),
    body ?? undefined,
  );
}

describe.skipIf(!isThere)('the simulated account answers as the recorded one did', () => {
  it.each(recorded().map((exchange) => [exchange.id, exchange] as const))(
    '%s',
    async (id, { request, response }) => {
      const prepare = PREPARE[id];
      if (!prepare) throw new Error(`Nothing prepares the account for ${id}.`);
      const sandbox = await account();
      await prepare(sandbox);
      const reply = await send(sandbox, request);
      expect(reply.status).toBe(response.status);
      expect(reply.type).toBe(response.headers['content-type']);
      expect([...new Set(differences(reply.json, response.body, 'body'))]).toEqual([]);
    },
  );
});
