/** The judge's whole table: every answer of activecampaign-core §1.6–1.7 and what it comes to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/activecampaign/judge.ts';
import type { Exchange } from '../../src/destination/definition.ts';
import type { Outcome } from '../../src/event/outcome.ts';

const NOW = Date.UTC(2026, 0, 31, 12);
const API = 'https://acme.api-us1.com/api/3';

interface Row {
  readonly name: string;
  readonly status: number;
  readonly body?: string | object;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly url?: string;
  readonly expect?: string;
  /** Outcome when repeating is harmless, and when it is not; the same where only one is given. */
  readonly repeatable: string;
  readonly once?: string;
}

const errors = (...list: object[]): object => ({ errors: list });
const HTML = { 'content-type': 'text/html; charset=UTF-8' };
const CLOUDFLARE = {
  title: 'Error 502: Bad gateway',
  status: 502,
  cloudflare_error: true,
  retryable: true,
  retry_after: 60,
};

const ROWS: readonly Row[] = [
  {
    name: 'a created contact',
    status: 201,
    body: { contact: { id: '1' } },
    expect: 'contact.id',
    repeatable: 'delivered',
  },
  {
    name: 'an updated contact',
    status: 200,
    body: { contact: { id: '1' } },
    expect: 'contact.id',
    repeatable: 'delivered',
  },
  {
    name: 'a deletion',
    status: 200,
    body: {},
    method: 'DELETE',
    url: '/contacts/1',
    repeatable: 'delivered',
  },
  {
    name: 'JSON that is called HTML',
    status: 200,
    body: { succeeded: 1 },
    headers: HTML,
    repeatable: 'delivered',
  },
  {
    name: 'an import that was taken',
    status: 200,
    body: { Success: 1, batchId: 'b' },
    expect: 'batchId',
    url: '/import/bulk_import',
    repeatable: 'delivered',
  },
  {
    name: 'an import state of false',
    status: 200,
    body: { status: false },
    expect: 'status',
    repeatable: 'delivered',
  },
  {
    name: 'a spawned event',
    status: 200,
    body: { success: 1, message: 'Event spawned' },
    expect: 'success',
    url: 'https://trackcmp.net/event',
    repeatable: 'delivered',
  },

  {
    name: 'a 200 without the expected key',
    status: 200,
    body: { ok: true },
    expect: 'contact.id',
    repeatable: 'retry UNEXPECTED_RESPONSE',
    once: 'unknown UNEXPECTED_RESPONSE',
  },
  {
    name: 'a 200 with the expected key empty',
    status: 200,
    body: { contact: { id: '' } },
    expect: 'contact.id',
    repeatable: 'retry UNEXPECTED_RESPONSE',
    once: 'unknown UNEXPECTED_RESPONSE',
  },
  {
    name: 'an inherited key',
    status: 200,
    body: {},
    expect: 'constructor',
    repeatable: 'retry UNEXPECTED_RESPONSE',
    once: 'unknown UNEXPECTED_RESPONSE',
  },
  {
    name: 'an empty 200',
    status: 200,
    body: '',
    expect: 'contact.id',
    repeatable: 'retry UNEXPECTED_RESPONSE',
    once: 'unknown UNEXPECTED_RESPONSE',
  },
  {
    name: 'a truncated 200',
    status: 200,
    body: '{"contact":{"id":',
    expect: 'contact.id',
    repeatable: 'retry UNEXPECTED_RESPONSE',
    once: 'unknown UNEXPECTED_RESPONSE',
  },
  {
    name: 'a list where an object was expected',
    status: 200,
    body: '[]',
    repeatable: 'retry UNEXPECTED_RESPONSE',
    once: 'unknown UNEXPECTED_RESPONSE',
  },
  {
    name: 'a login page on 200',
    status: 200,
    body: '<!DOCTYPE html><title>Login</title>',
    headers: HTML,
    repeatable: 'stop integration CREDENTIALS_REFUSED',
  },
  {
    name: 'a page on 200 of the tracking host',
    status: 200,
    body: '\n<html lang="en"></html>',
    url: 'https://trackcmp.net/event',
    expect: 'success',
    repeatable: 'stop account tracking CREDENTIALS_REFUSED',
  },
  ...['/contact/sync', 'https://trackcmp.net/event'].flatMap((url): Row[] =>
    [
      ['no body that is called HTML', ''],
      ['a warning before the answer', '<br />\n<b>Warning</b>: out of memory'],
      ['text that is called HTML', 'Success'],
    ].map(([name = '', body = '']) => ({
      name: `${name}, on 200 of ${url}`,
      status: 200,
      body,
      headers: HTML,
      url,
      repeatable: 'retry UNEXPECTED_RESPONSE',
      once: 'unknown UNEXPECTED_RESPONSE',
    })),
  ),

  {
    name: 'an event that failed on 200',
    status: 200,
    body: { success: 0, message: 'An account ID must be provided.' },
    url: 'https://trackcmp.net/event',
    expect: 'success',
    repeatable: 'rejected REJECTED',
  },
  {
    name: 'an event that failed on 400',
    status: 400,
    body: { success: 0 },
    url: 'https://trackcmp.net/event',
    repeatable: 'rejected REJECTED',
  },
  {
    name: 'a documented empty 400 of the tracking host',
    status: 400,
    body: {},
    url: 'https://trackcmp.net/event',
    repeatable: 'rejected REJECTED',
  },
  { name: 'success as text "0"', status: 200, body: { success: '0' }, repeatable: 'rejected REJECTED' },
  { name: 'success false', status: 200, body: { success: false }, repeatable: 'rejected REJECTED' },
  {
    name: 'a campaign that was not deleted',
    status: 200,
    body: { succeeded: 0 },
    repeatable: 'rejected REJECTED',
  },
  {
    name: 'the older API’s failure',
    status: 200,
    body: { result_code: 0, result_message: 'no' },
    repeatable: 'rejected REJECTED',
  },

  {
    name: '429 with seconds',
    status: 429,
    headers: { 'retry-after': '7' },
    repeatable: 'pause account RATE_LIMITED +7000',
  },
  {
    name: '429 with a date',
    status: 429,
    headers: { 'retry-after': new Date(NOW + 45_000).toUTCString() },
    repeatable: 'pause account RATE_LIMITED +45000',
  },
  {
    name: '429 with a date waits as long as the vendor means, however wrong our clock is',
    status: 429,
    headers: {
      date: new Date(NOW - 3_600_000).toUTCString(),
      'retry-after': new Date(NOW - 3_600_000 + 45_000).toUTCString(),
    },
    repeatable: 'pause account RATE_LIMITED +45000',
  },
  { name: '429 without a word', status: 429, repeatable: 'pause account RATE_LIMITED +30000' },
  {
    name: '429 with rubbish',
    status: 429,
    headers: { 'retry-after': 'soon' },
    repeatable: 'pause account RATE_LIMITED +30000',
  },
  {
    name: '429 with a negative number',
    status: 429,
    headers: { 'retry-after': '-5' },
    repeatable: 'pause account RATE_LIMITED +30000',
  },
  {
    name: '429 with 0 seconds waits the floor',
    status: 429,
    headers: { 'retry-after': '0' },
    repeatable: 'pause account RATE_LIMITED +1000',
  },
  {
    name: '429 with a date that has passed',
    status: 429,
    headers: { 'retry-after': new Date(NOW - 9_000).toUTCString() },
    repeatable: 'pause account RATE_LIMITED +1000',
  },
  {
    name: '429 with hours waits hours',
    status: 429,
    headers: { 'retry-after': '7200' },
    repeatable: 'pause account RATE_LIMITED +7200000',
  },
  {
    name: '429 with a month waits a day',
    status: 429,
    headers: { 'retry-after': '2592000' },
    repeatable: 'pause account RATE_LIMITED +86400000',
  },
  {
    name: '503 with seconds',
    status: 503,
    headers: { 'retry-after': '2' },
    repeatable: 'pause account VENDOR_BUSY +2000',
  },
  {
    name: '503 with HTML',
    status: 503,
    body: '<html></html>',
    headers: HTML,
    repeatable: 'pause account VENDOR_BUSY +30000',
  },
  {
    name: 'the import limit',
    status: 400,
    body: { success: 0, message: 'Rate limit exceeded.', failureReasons: ['Up to 100 imports …'] },
    url: '/import/bulk_import',
    repeatable: 'pause account RATE_LIMITED +60000',
  },
  {
    name: 'the same words elsewhere',
    status: 400,
    body: { success: 0, message: 'Rate limit exceeded.' },
    url: '/tags',
    repeatable: 'rejected REJECTED',
  },
  {
    name: 'a refused import',
    status: 400,
    body: {
      success: 0,
      message: 'JSON payload did not pass validation.',
      failureReasons: [{ contact: 3, failureReason: 'x' }],
    },
    url: '/import/bulk_import',
    repeatable: 'rejected REJECTED',
  },

  { name: '401', status: 401, repeatable: 'stop integration CREDENTIALS_REFUSED' },
  { name: '402', status: 402, repeatable: 'stop account ACCOUNT_UNPAID' },
  ...[301, 302, 303, 307, 308].map((status) => ({
    name: `${status}`,
    status,
    repeatable: 'stop account WRONG_HOST',
  })),
  { name: 'an empty 403', status: 403, body: '', repeatable: 'retry FORBIDDEN_EMPTY' },
  { name: 'a blank 403', status: 403, body: ' \n', repeatable: 'retry FORBIDDEN_EMPTY' },
  {
    name: 'a 403 page of the front',
    status: 403,
    body: '<html>blocked</html>',
    headers: HTML,
    repeatable: 'retry FORBIDDEN',
  },
  {
    name: 'a 403 with a message',
    status: 403,
    body: { message: 'Forbidden' },
    url: '/fields',
    method: 'POST',
    repeatable: 'rejected FORBIDDEN',
  },
  {
    name: 'a 403 on lists',
    status: 403,
    body: errors({ status: 403, title: 'Forbidden', detail: 'You do not have permission to create lists.' }),
    url: '/lists',
    method: 'POST',
    repeatable: 'rejected FORBIDDEN',
  },
  {
    name: 'a missing field value',
    status: 403,
    body: { message: 'No Result found for FieldValue with id 1' },
    url: '/fieldValues/1',
    method: 'GET',
    repeatable: 'rejected NOT_FOUND',
  },
  {
    name: 'a list to delete that is missing',
    status: 403,
    body: { message: 'No Result found for _List with id 1' },
    url: '/lists/1',
    method: 'DELETE',
    repeatable: 'rejected NOT_FOUND',
  },
  {
    name: 'an automation that cannot be entered',
    status: 403,
    body: { message: 'Could not create SubscriberSeries' },
    url: '/contactAutomations',
    method: 'POST',
    repeatable: 'rejected NOT_FOUND',
  },
  {
    name: 'an automation entry that is missing',
    status: 403,
    body: { message: 'No Result found for SubscriberSeries with id 1' },
    url: '/contactAutomations/1',
    method: 'DELETE',
    repeatable: 'rejected NOT_FOUND',
  },
  {
    name: 'a note that is missing, to change',
    status: 403,
    body: { message: 'No Result found for Subscriber with id 1' },
    url: '/notes/1',
    method: 'PUT',
    repeatable: 'rejected NOT_FOUND',
  },
  {
    name: 'a note that is missing, to delete',
    status: 403,
    body: { message: 'No Result found for Note with id 1' },
    url: '/notes/1',
    method: 'DELETE',
    repeatable: 'rejected NOT_FOUND',
  },
  {
    name: '404',
    status: 404,
    body: { message: 'No Result found for Subscriber with id 1' },
    url: '/contacts/1',
    method: 'GET',
    repeatable: 'rejected NOT_FOUND',
  },
  {
    name: '404 with errors',
    status: 404,
    body: errors({ status: 404, title: 'Not Found', detail: 'Contact not found' }),
    url: '/contactTags',
    repeatable: 'rejected NOT_FOUND',
  },
  { name: '408', status: 408, repeatable: 'retry TIMED_OUT', once: 'unknown TIMED_OUT' },
  { name: '409', status: 409, body: {}, repeatable: 'rejected REJECTED' },
  { name: '413', status: 413, repeatable: 'rejected REJECTED' },
  { name: '423', status: 423, repeatable: 'retry VENDOR_BUSY' },
  {
    name: '422 duplicate',
    status: 422,
    body: errors({
      title: 'Email address already exists in the system',
      code: 'duplicate',
      source: { pointer: '/data/attributes/email' },
    }),
    repeatable: 'rejected REJECTED',
  },
  {
    name: '422 with errors as text',
    status: 422,
    body: { errors: 'Bulk operation failed.' },
    repeatable: 'rejected REJECTED',
  },
  { name: '500', status: 500, repeatable: 'retry SERVER_ERROR', once: 'unknown SERVER_ERROR' },
  { name: '501', status: 501, repeatable: 'rejected REJECTED' },
  {
    name: '502 of the front, JSON',
    status: 502,
    body: CLOUDFLARE,
    repeatable: 'retry SERVER_ERROR',
    once: 'unknown SERVER_ERROR',
  },
  {
    name: '502 of the front, HTML',
    status: 502,
    body: '<html></html>',
    headers: HTML,
    repeatable: 'retry SERVER_ERROR',
    once: 'unknown SERVER_ERROR',
  },
  {
    name: '502 with Retry-After',
    status: 502,
    headers: { 'retry-after': '60' },
    repeatable: 'pause account SERVER_ERROR +60000',
    once: 'unknown SERVER_ERROR +60000',
  },
  {
    name: '408 with Retry-After',
    status: 408,
    headers: { 'retry-after': '3' },
    repeatable: 'pause account TIMED_OUT +3000',
    once: 'unknown TIMED_OUT +3000',
  },
  {
    name: '423 with Retry-After',
    status: 423,
    headers: { 'retry-after': '3' },
    repeatable: 'pause account VENDOR_BUSY +3000',
  },
  {
    name: '422 with Retry-After',
    status: 422,
    headers: { 'retry-after': '3' },
    repeatable: 'rejected REJECTED',
  },
  ...[504, 520, 521, 522, 523, 524].map((status) => ({
    name: `${status}`,
    status,
    repeatable: 'retry SERVER_ERROR',
    once: 'unknown SERVER_ERROR',
  })),
];

function exchangeOf(row: Row, repeatable: boolean): Exchange {
  const { status, body = '', headers = {}, method = 'POST', url = '/contact/sync' } = row;
  return {
    request: { method, url: url.startsWith('/') ? API + url : url },
    response: { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
    atMs: NOW,
    repeatable,
    ...(row.expect === undefined ? {} : { expect: row.expect }),
  };
}

const told = (outcome: Outcome): number | undefined =>
  outcome.kind === 'unknown' ? outcome.pauseUntilMs : undefined;

function said(exchange: Exchange): string {
  const outcome = judge(exchange);
  if (outcome.kind === 'delivered') return 'delivered';
  const endpoint = outcome.kind === 'stop' && outcome.endpoint !== undefined ? ` ${outcome.endpoint}` : '';
  const scope = 'scope' in outcome ? ` ${outcome.scope}${endpoint}` : '';
  const untilMs = outcome.kind === 'pause' ? outcome.untilMs : told(outcome);
  const until = untilMs === undefined ? '' : ` +${untilMs - NOW}`;
  return `${outcome.kind}${scope} ${outcome.code}${until}`;
}

describe('the judge', () => {
  it.each(ROWS.map((row) => [row.name, row] as const))('%s', (_, row) => {
    expect(said(exchangeOf(row, true))).toBe(row.repeatable);
    expect(said(exchangeOf(row, false))).toBe(row.once ?? row.repeatable);
  });

  it('names the codes of a 422 and where they point, never its texts', () => {
    const body = errors({
      title: 'jane@example.com exists',
      code: 'duplicate',
      source: { pointer: '/data/attributes/email' },
    });
    const outcome = judge(exchangeOf({ name: '', status: 422, body, repeatable: '' }, true));
    expect(outcome.message).toBe('ActiveCampaign refused the request as invalid (duplicate: email).');
  });

  it('gives an outcome for every status and body, and calls nothing delivered that is not 2xx JSON', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(fc.string(), fc.json(), fc.constant('<html>')),
        fc.dictionary(fc.constantFrom('retry-after', 'content-type'), fc.string()),
        fc.boolean(),
        (status, body, headers, repeatable) => {
          const outcome = judge({
            request: { method: 'POST', url: `${API}/contact/sync` },
            response: { status, headers, body },
            atMs: NOW,
            repeatable,
          });
          if (outcome.kind === 'delivered')
            expect([status >= 200 && status < 300, body.trim().startsWith('{')]).toEqual([true, true]);
          if (outcome.kind === 'pause') expect(outcome.untilMs).toBeGreaterThanOrEqual(NOW + 1_000);
        },
      ),
    );
  });
});
