/** What ActiveCampaign's webhooks mean, body by body, and that no body whatever does harm. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import type { InboundMessage } from '../../src/destination/definition.ts';
import { acceptedWhole } from '../inbound/door.ts';
import { form } from '../inbound/form.ts';

const { inbound } = activecampaign;
if (inbound === undefined) throw new Error('The destination takes no webhooks.');
const read = (body: string) => inbound.read(body);

const COMMON = {
  date_time: '2024-02-28T07:16:48-06:00',
  initiated_from: 'admin',
  initiated_by: 'admin',
  list: '0',
};
const CONTACT = {
  'contact[id]': '3',
  'contact[email]': 'Code.Test@example.com',
  'contact[first_name]': 'Jo',
  'contact[last_name]': 'Test',
  'contact[phone]': '',
  'contact[ip]': '0.0.0.0',
  'contact[tags]': 'tag1, tag2',
};
const END = { 'contact[customer_acct_name]': '', 'contact[orgname]': '', customer_acct_id: '0', orgname: '' };
const CAMPAIGN = {
  'campaign[id]': '8',
  'campaign[name]': 'Spring',
  'campaign[message][id]': '4',
  'campaign[message][subject]': 'Hello & welcome',
};
const SAID = {
  email: 'code.test@example.com',
  contact_id: '3',
  date_time: COMMON.date_time,
  initiated_from: 'admin',
  initiated_by: 'admin',
  first_name: 'Jo',
  last_name: 'Test',
  tags: ['tag1', 'tag2'],
};
const MAILED = { ...SAID, campaign_id: '8', campaign: 'Spring', campaign_subject: 'Hello & welcome' };

/** Type → name of the event, what the body has beyond the common fields, what it says beyond the common words. */
const TABLE: Record<string, readonly [event: string, more: Record<string, string>, properties: object]> = {
  subscribe: [
    'Subscribed',
    { list: '2', 'form[id]': '5' },
    { ...SAID, list: '2', lists: ['2'], form_id: '5' },
  ],
  unsubscribe: [
    'Unsubscribed',
    {
      'list[0][id]': '2',
      'list[1][id]': '7',
      'unsubscribe[reason]': 'Too many',
      'active_subscriptions[0]': '9',
    },
    { ...SAID, list: '2', lists: ['2', '7'], reason: 'Too many' },
  ],
  update: [
    'Contact Updated',
    { 'contact[fields][1]': 'Option 1', 'contact[fields][2]': '||Option 1||Option 2||' },
    { ...SAID, fields: { 1: 'Option 1', 2: '||Option 1||Option 2||' } },
  ],
  contact_tag_added: ['Tag Added', { tag: 'tag2' }, { ...SAID, tag: 'tag2' }],
  contact_tag_removed: ['Tag Removed', { tag: 'tag3' }, { ...SAID, tag: 'tag3' }],
  subscriber_note: ['Note Added', { note: 'Called.' }, { ...SAID, note: 'Called.' }],
  contact_task_add: [
    'Task Added',
    { 'task[id]': '6', 'task[title]': 'Call', 'task[duedate_iso]': '2024-03-01T10:00:00-06:00' },
    { ...SAID, task_id: '6', task_title: 'Call', task_due: '2024-03-01T10:00:00-06:00' },
  ],
  bounce: [
    'Email Bounced',
    { ...CAMPAIGN, 'bounce[type]': 'hard', 'bounce[code]': '5.1.1', 'bounce[description]': 'Bad address' },
    { ...MAILED, bounce_type: 'hard', bounce_code: '5.1.1', bounce_description: 'Bad address' },
  ],
  open: ['Email Opened', { ...CAMPAIGN, 'User-Agent': 'Mail' }, MAILED],
  click: [
    'Link Clicked',
    { ...CAMPAIGN, 'link[id]': '1', 'link[url]': 'https://shop.example/?a=b' },
    { ...MAILED, link_id: '1', link: 'https://shop.example/?a=b' },
  ],
  reply: [
    'Email Replied',
    { 'campaign[id]': '8', message: 'Thanks' },
    { ...SAID, campaign_id: '8', message: 'Thanks' },
  ],
  forward: [
    'Email Forwarded',
    { 'campaign[id]': '8', 'forward[count]': '2' },
    { ...SAID, campaign_id: '8', forward_count: '2' },
  ],
  share: [
    'Email Shared',
    { 'campaign[id]': '8', 'share[network]': 'x', 'share[content]': 'Look' },
    { ...SAID, campaign_id: '8', share_network: 'x', share_content: 'Look' },
  ],
  account_contact_add: [
    'Contact Added To Account',
    { 'account[id]': '1', 'account[name]': 'Acme', 'accountContact[job_title]': 'Owner' },
    { ...SAID, account_id: '1', account_name: 'Acme', job_title: 'Owner' },
  ],
  account_contact_update: ['Account Contact Updated', { 'account[id]': '1' }, { ...SAID, account_id: '1' }],
  sms_sent: ['SMS Sent', { 'sms[id]': '4' }, { ...SAID, sms_id: '4' }],
  sms_reply: ['SMS Replied', { 'sms[id]': '4', 'sms[reply]': 'OK' }, { ...SAID, sms_id: '4', message: 'OK' }],
  sms_unsub: [
    'SMS Unsubscribed',
    { 'sms[id]': '4', 'sms[phone]': '+15551234567' },
    { ...SAID, sms_id: '4', phone: '+15551234567' },
  ],
};

describe('a webhook', () => {
  it.each(Object.entries(TABLE))('%s becomes its event', (type, [event, more, properties]) => {
    expect(read(form({ type, ...COMMON, ...CONTACT, ...more, ...END }))).toEqual({
      type,
      event: `ActiveCampaign ${event}`,
      subject: 'contact:3',
      contactId: '3',
      timestamp: '2024-02-28T13:16:48.000Z',
      properties: { type, ...properties },
    });
  });

  it('sent, which names no contact, is about the campaign', () => {
    expect(read(form({ type: 'sent', ...COMMON, ...CAMPAIGN }))).toMatchObject({
      event: 'ActiveCampaign Campaign Sent',
      subject: 'campaign:8',
      properties: { campaign: 'Spring' },
    });
  });

  it('covers every type of the table', () => {
    expect(Object.keys(inbound.events).sort()).toEqual([...Object.keys(TABLE), 'sent'].sort());
    for (const type of inbound.usualTypes) expect(Object.keys(TABLE)).toContain(type);
  });

  it.each([
    ['list=2', ['2']],
    ['list%5B%5D%5Bid%5D=2&list%5B%5D%5Bid%5D=7', ['2', '7']],
    ['list[]=2', ['2']],
    ['list=0', undefined],
    ['list=;drop', undefined],
  ])('finds the lists of %s', (lists, ids) => {
    expect(read(`type=unsubscribe&${lists}`)?.properties['lists']).toEqual(ids);
  });

  it.each([
    ['2024-02-28T07:16:48-06:00', '2024-02-28T13:16:48.000Z'],
    ['2024-02-28T07:16:48Z', '2024-02-28T07:16:48.000Z'],
    ['2013-01-02 09:28:42', undefined],
    ['2024-13-99T07:16:48Z', undefined],
    ['yesterday', undefined],
  ])('of %s happened at %s', (text, timestamp) => {
    const message = read(form({ type: 'update', date_time: text }));
    expect(message?.timestamp).toBe(timestamp);
    expect(message?.properties['date_time']).toBe(text);
  });

  it('of 2013 names a subscriber instead of a contact', () => {
    const body = form({ type: 'subscribe', 'subscriber[id]': '9', 'subscriber[email]': 'old@example.com' });
    expect(read(body)).toMatchObject({ contactId: '9', properties: { email: 'old@example.com' } });
  });

  it('of an unknown type keeps it, one with nothing but a type is read, one without a type is none', () => {
    expect(read('type=deal_add')).toEqual({
      type: 'deal_add',
      event: 'ActiveCampaign Webhook',
      properties: { type: 'deal_add' },
    });
    for (const body of ['', '&&&', 'type=', 'contact[id]=3', '{"type":"update"}', '%']) {
      expect(read(body), body).toBeUndefined();
    }
  });

  it('never takes more custom fields than an event holds', () => {
    const fields = Array.from({ length: 900 }, (_, index) => [`contact[fields][${index}]`, 'ü'.repeat(400)]);
    const message = read(form({ type: 'update', 'contact[id]': '3', ...Object.fromEntries(fields) }));
    expect(Object.keys(Object(message?.properties['fields'])).length).toBe(10);
    expect(acceptedWhole(message)).toBe(true);
  });
});

const HOSTILE = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  '0',
  'fields',
  'id',
];
const KNOWN = [
  'type',
  'list',
  'contact',
  'subscriber',
  'campaign',
  'message',
  'tag',
  'initiated_by',
  'date_time',
];
const name = fc
  .tuple(
    fc.constantFrom(...KNOWN, ...HOSTILE),
    fc.array(fc.oneof(fc.constantFrom(...HOSTILE, 'email', 'tags', 'name'), fc.string({ maxLength: 5 })), {
      maxLength: 6,
    }),
  )
  .map(([head, parts]) => head + parts.map((part) => `[${part}]`).join(''));
const pairs = fc.array(
  fc.tuple(name, fc.oneof(fc.string(), fc.constantFrom('3', 'update', '__proto__', '%E0%A4%A'))),
  {
    maxLength: 40,
  },
);
const body = fc
  .oneof(
    pairs.map((fields) => new URLSearchParams(fields).toString()),
    pairs.map((fields) => fields.map(([key, value]) => `${key}=${value}`).join('&')),
    fc.string({ unit: 'binary', maxLength: 300 }),
  )
  .map((rest) => `type=update&contact[id]=3&${rest}`);

const OWN_WORDS = /^[a-z_]+$/;

describe('a hostile body', () => {
  it('changes no prototype, names no property, and fits into an event', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    fc.assert(
      fc.property(body, (text) => {
        const message: InboundMessage | undefined = read(text);
        if (message === undefined) return;
        const { properties } = message;
        expect(Object.getPrototypeOf(properties)).toBe(Object.prototype);
        for (const property of Object.keys(properties)) expect(property).toMatch(OWN_WORDS);
        for (const field of Object.keys(Object(properties['fields']))) expect(field).toMatch(/^\d+$/);
        expect(acceptedWhole(message)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
  });

  it('of very many fields is read no further than the limit', () => {
    const filler = Array.from({ length: 1_000 }, (_, index) => `x${index}=1`).join('&');
    expect(read(`type=update&${filler}&tag=late`)?.properties['tag']).toBeUndefined();
    expect(read(`type=update&${filler.slice(0, 500)}&tag=early`)?.properties['tag']).toBe('early');
  });
});
