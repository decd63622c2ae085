/** The answers to what is wrong or not there, word for word as the vendor documents them or as they were observed. */
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { account, call, contactNamed, send, steer } from './account.ts';

const noResult = (entity: string): object => ({ message: `No Result found for ${entity} with id 99` });
const FORBIDDEN = { message: 'Forbidden' };
const entry = (title: string, code: string, attribute: string, more: object = {}): object => ({
  errors: [{ title, detail: '', code, ...more, source: { pointer: `/data/attributes/${attribute}` } }],
});
const DUPLICATE = entry('Email address already exists in the system', 'duplicate', 'email');
const BAD_ADDRESS = entry('Contact Email Address is not valid.', 'email_invalid', 'email', {
  error: 'must_be_valid_email_address',
});

type Case = [string, string, unknown, number, unknown];

/** Contact 1 and 2, list 1, field 1 (Plan), tag 1, automation 1, company 1 with contact 1 in it. */
async function furnished(): Promise<Sandbox> {
  const sandbox = await account();
  await steer(sandbox, 'POST', '/seed', { sample: true });
  await contactNamed(sandbox, 'jane@example.com');
  await contactNamed(sandbox, 'john@example.com');
  await call(sandbox, 'POST', '/tags', { tag: { tag: 'vip' } });
  await call(sandbox, 'POST', '/accounts', { account: { name: 'Example Account' } });
  await call(sandbox, 'POST', '/accountContacts', { accountContact: { account: 1, contact: 1 } });
  return sandbox;
}

const MISSING: Case[] = [
  ['GET', '/contacts/99', undefined, 404, noResult('Subscriber')],
  ['PUT', '/contacts/99', { contact: {} }, 404, noResult('Subscriber')],
  ['GET', '/contacts/99/contactTags', undefined, 404, noResult('Subscriber')],
  ['DELETE', '/contacts/99', undefined, 404, { message: 'No result found for contact with id 99' }],
  [
    'GET',
    '/contacts/nonsense',
    undefined,
    404,
    { message: 'No Result found for Subscriber with id nonsense' },
  ],
  ['DELETE', '/contactTags/99', undefined, 404, noResult('SubscriberTag')],
  ['GET', '/tags/99', undefined, 404, noResult('Tag')],
  ['DELETE', '/tags/99', undefined, 404, noResult('Tag')],
  ['DELETE', '/fields/99', undefined, 404, noResult('Field')],
  ['PUT', '/fields/99', { field: {} }, 403, FORBIDDEN],
  ['GET', '/fieldValues/99', undefined, 403, noResult('FieldValue')],
  ['DELETE', '/fieldValues/99', undefined, 403, FORBIDDEN],
  ['POST', '/fieldValues', { fieldValue: { contact: 99, field: 1, value: 'x' } }, 403, FORBIDDEN],
  ['POST', '/fieldRels', { fieldRel: { field: 99, relid: 0 } }, 403, FORBIDDEN],
  ['DELETE', '/fieldRels/99', undefined, 403, FORBIDDEN],
  ['GET', '/lists/99', undefined, 404, noResult('_List')],
  ['DELETE', '/lists/99', undefined, 403, noResult('_List')],
  ['POST', '/listGroups', { listGroup: { listid: 99, groupid: 1 } }, 403, FORBIDDEN],
  ['GET', '/contactAutomations/99', undefined, 404, noResult('SubscriberSeries')],
  ['DELETE', '/contactAutomations/99', undefined, 403, noResult('SubscriberSeries')],
  [
    'POST',
    '/contactAutomations',
    { contactAutomation: { contact: 1, automation: 99 } },
    403,
    { message: 'Could not create SubscriberSeries' },
  ],
  ['PUT', '/notes/99', { note: { note: 'x' } }, 403, noResult('Subscriber')],
  ['DELETE', '/notes/99', undefined, 403, noResult('Note')],
  ['GET', '/accountContacts/99', undefined, 404, noResult('CustomerAccountSubscriber')],
  ['DELETE', '/accountContacts/99', undefined, 404, noResult('CustomerAccountSubscriber')],
  ['GET', '/lists/exclusions/99', undefined, 404, { message: 'Exclusion not found [id=99]' }],
  ['GET', '/groups/99', undefined, 403, noResult('Group')],
  ['GET', '/forms/99', undefined, 403, noResult('Form')],
  ['DELETE', '/eventTrackingEvents/none', undefined, 400, {}],
];

const WRONG: Case[] = [
  [
    'POST',
    '/contact/sync',
    { contact: { firstName: 'x' } },
    400,
    { errors: [{ status: 400, title: 'Bad Request', detail: 'Contact email must be provided for sync' }] },
  ],
  ['POST', '/contact/sync', { contact: { email: 'no address' } }, 422, BAD_ADDRESS],
  ['POST', '/contacts', { contact: { email: 'jane@example.com' } }, 422, DUPLICATE],
  ['POST', '/contacts', { contact: { email: 'jane' } }, 422, BAD_ADDRESS],
  ['PUT', '/contacts/1', { contact: { email: 'john@example.com' } }, 422, DUPLICATE],
  [
    'POST',
    '/accounts',
    { account: {} },
    422,
    entry('The account name was not provided.', 'field_missing', 'name'),
  ],
  [
    'POST',
    '/accounts',
    { account: { name: 'Example Account' } },
    422,
    entry(
      'An account named "Example Account" already exists. Please choose a new name.',
      'duplicate',
      'name',
    ),
  ],
  [
    'POST',
    '/accountContacts',
    { accountContact: { contact: 1 } },
    422,
    entry('The account attribute was not provided', 'field_missing', 'account'),
  ],
  [
    'POST',
    '/accountContacts',
    { accountContact: { account: 1, contact: 1 } },
    422,
    entry(
      'This contact is already associated with an account. We currently do not support contacts on multiple accounts.',
      'field_invalid',
      'account,contact',
    ),
  ],
  [
    'POST',
    '/fields',
    { field: { title: 'Plan', type: 'text' } },
    422,
    {
      errors: [
        {
          title: 'There is already a field with this title',
          detail: "There is already a field named 'Plan' -- choose another name",
          code: 'duplicate',
        },
      ],
    },
  ],
  ['POST', '/fields', { field: { title: 'X', type: 'colour' } }, 403, FORBIDDEN],
  [
    'POST',
    '/fieldOption/bulk',
    { fieldOptions: 'x' },
    422,
    { errors: 'Bulk operation failed. Request must contain an array of fieldOption objects.' },
  ],
  [
    'POST',
    '/contactTags',
    { contactTag: { tag: 1 } },
    422,
    {
      errors: [{ status: 422, title: 'Missing attribute', source: { pointer: '/data/attributes/contact' } }],
    },
  ],
  [
    'POST',
    '/contactTags',
    { contactTag: { contact: 99, tag: 1 } },
    404,
    { errors: [{ status: 404, title: 'Not Found', detail: 'Contact not found' }] },
  ],
  [
    'POST',
    '/contactTags',
    { contactTag: { contact: 1, tag: 'vip' } },
    422,
    { errors: [{ status: 422, title: 'Unprocessable Entity', detail: 'No tag id provided' }] },
  ],
  [
    'POST',
    '/contactLists',
    { contactList: { contact: 99, list: 1, status: 1 } },
    422,
    entry('The related contact does not exist.', 'related_missing', 'contact', {
      error: 'contact_not_exist',
    }),
  ],
  [
    'POST',
    '/contactLists',
    { contactList: { contact: 1, list: 99, status: 1 } },
    422,
    entry('The related list does not exist.', 'related_missing', 'list', { error: 'list_not_exist' }),
  ],
  [
    'POST',
    '/contactLists',
    { contactList: { contact: 1, list: 1, status: 7 } },
    422,
    entry('The value you selected is not a valid choice.', 'field_invalid', 'status'),
  ],
  ['POST', '/contactLists', { contactList: { contact: 1 } }, 400, {}],
  ['POST', '/lists', { list: { name: 'x' } }, 400, {}],
  ['GET', '/import/info', undefined, 400, { success: 0, message: "'batchId' is a required field." }],
  [
    'PUT',
    '/lists/exclusions/1',
    { channel: 'all', lists: [1] },
    422,
    {
      errors: [
        {
          status: 422,
          title: 'Invalid attribute',
          detail: 'Lists must be an array of string-quoted integers',
          source: { pointer: '/data/attributes/lists[0]' },
        },
        {
          status: 422,
          title: 'Invalid attribute',
          detail: 'List IDs must be empty for channel "all"',
          source: { pointer: '/data/attributes/lists' },
        },
      ],
    },
  ],
  [
    'GET',
    '/lists/exclusions?orders[matchPhrase]=DASC&filters[nonExisting]=1',
    undefined,
    422,
    {
      errors: [
        {
          status: 422,
          title: 'Invalid attribute',
          detail: 'Invalid order direction: "DASC". Allowed values are: "ASC", "DESC"',
          source: { pointer: '/data/attributes/orders[matchPhrase]' },
        },
        {
          status: 422,
          title: 'Invalid attribute',
          detail: 'Invalid filter field: "nonExisting". Allowed fields are: matchPhrase, lists',
          source: { pointer: '/data/attributes/filters[nonExisting]' },
        },
      ],
    },
  ],
];

describe('the simulated account', () => {
  it.each(MISSING)('%s %s: says what is not there', async (method, path, body, status, wanted) => {
    const reply = await call(await furnished(), method, path, body);
    expect([reply.status, reply.json]).toEqual([status, wanted]);
  });

  it.each(WRONG)('%s %s with %j: says what is wrong', async (method, path, body, status, wanted) => {
    const reply = await call(await furnished(), method, path, body);
    expect([reply.status, reply.json]).toEqual([status, wanted]);
  });

  it.each([
    ['403_empty', 403, null, ''],
    ['403_message', 403, 'application/json', '{"message":"Forbidden"}'],
    ['401', 401, 'application/json', '{"message":"Unauthorized"}'],
  ] as const)('answers a wrong key and a missing one alike: %s', async (auth_failure, status, type, text) => {
    const sandbox = await account({ settings: { auth_failure } });
    for (const headers of [{ 'api-token': 'wrong' }, {}]) {
      const reply = await send(`${sandbox.url}/api/3/users/me`, { headers });
      expect([reply.status, reply.type, reply.text]).toEqual([status, type, text]);
    }
  });

  it('says so itself where it has no such operation or cannot read the body', async () => {
    const sandbox = await account();
    const unknown = await call(sandbox, 'GET', '/brandings');
    expect([unknown.status, unknown.json]).toEqual([
      404,
      { message: 'The simulated account has no operation GET /api/3/brandings' },
    ]);
    const headers = { 'api-token': 'sandbox-key' };
    const broken = await send(`${sandbox.url}/api/3/contacts`, {
      method: 'POST',
      headers,
      body: '{"contact":',
    });
    expect([broken.status, broken.json]).toEqual([400, { message: 'Bad Request' }]);
  });
});
