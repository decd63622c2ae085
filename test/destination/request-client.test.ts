/** What requests look like on the wire, what is written down of them, and what becomes of errors. */
import { describe, expect, it } from 'vitest';
import { compileDestination } from '../../src/destination/compile.ts';
import type {
  DestinationDefinition,
  ExecuteInput,
  Payload,
  RequestClient,
  Settings,
} from '../../src/destination/definition.ts';
import { type DispatchEnvironment, dispatch } from '../../src/destination/dispatch.ts';
import {
  APIError,
  HTTPError,
  IntegrationError,
  InvalidAuthenticationError,
  OutcomeError,
  PayloadValidationError,
  RetryableError,
  SelfTimeoutError,
} from '../../src/destination/errors.ts';
import { createMasker, maskAddresses } from '../../src/destination/mask.ts';
import { MultiStatusResponse } from '../../src/destination/multi-status.ts';
import {
  type Transport,
  TransportError,
  type TransportPhase,
  type TransportRequest,
  type TransportResponse,
} from '../../src/destination/transport.ts';

const SECRET = 'k/e+y "1" ü';
const OK: TransportResponse = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '{"ok":true}',
};

interface Wire extends Transport {
  readonly sent: TransportRequest[];
}

function wire(answer: TransportResponse | Error = OK): Wire {
  const sent: TransportRequest[] = [];
  return {
    sent,
    async send(request) {
      sent.push(request);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    close: async () => {},
  };
}

type Perform = (request: RequestClient, data: ExecuteInput<Settings, Payload>) => Promise<unknown>;

function destinationOf(perform: Perform, more: Partial<DestinationDefinition> = {}, repeatable = false) {
  return compileDestination({
    name: 'Test',
    mode: 'cloud',
    authentication: { scheme: 'custom', fields: { key: { label: 'K', description: '', type: 'password' } } },
    actions: { a: { title: 'A', description: '', fields: {}, repeatable, perform } },
    ...more,
  });
}

function run(
  perform: Perform,
  transport: Transport,
  more: Partial<DispatchEnvironment> & {
    readonly definition?: Partial<DestinationDefinition>;
    readonly repeatable?: boolean;
  } = {},
) {
  const { definition, repeatable, ...environment } = more;
  return dispatch({
    destination: destinationOf(perform, definition, repeatable),
    action: 'a',
    payloads: [{}],
    settings: { key: SECRET },
    transport,
    ...environment,
  });
}

describe('a request', () => {
  it('takes the options that Segment developers know', async () => {
    const transport = wire();
    await run(
      async (request) => {
        await request('https://x.example/a?old=1', {
          method: 'post',
          json: { a: 1 },
          searchParams: { q: 'a b', none: undefined },
          headers: { 'X-One': '1', 'user-agent': undefined },
        });
        await request('b', {
          prefixUrl: 'https://x.example/base/',
          body: new URLSearchParams({ a: 'ü' }),
          method: 'PUT',
          timeout: 5,
        });
        await request('https://x.example/', { username: 'u', password: 'p', timeout: false });
      },
      transport,
      { definition: { extendRequest: () => ({ headers: { 'x-one': '0', 'x-two': '2' } }) } },
    );
    const [first, second, third] = transport.sent;
    expect(first).toMatchObject({
      method: 'POST',
      url: 'https://x.example/a?q=a+b',
      body: '{"a":1}',
      timeoutMs: 10_000,
    });
    expect(first?.headers).toEqual({ 'content-type': 'application/json', 'x-one': '1', 'x-two': '2' });
    expect(second).toMatchObject({
      method: 'PUT',
      url: 'https://x.example/base/b',
      body: 'a=%C3%BC',
      timeoutMs: 5,
    });
    expect(second?.headers['content-type']).toMatch(/x-www-form-urlencoded/);
    expect(third?.headers['authorization']).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    expect(third?.timeoutMs).toBeGreaterThan(86_400_000);
  });

  it.each([
    ['application/json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['application/json', '{"a":', undefined],
    ['text/plain', '{"a":1}', '{"a":1}'],
  ])('gives data of %s %s as %j', async (type, body, data) => {
    const result = await run(
      async (request) => (await request('https://x.example')).data,
      wire({ status: 200, headers: { 'content-type': type }, body }),
    );
    expect(result.result).toEqual(data);
  });

  it('waits for beforeSend, which sees neither query nor headers, and goes nowhere when that fails', async () => {
    const transport = wire();
    const seen: unknown[] = [];
    await run(
      (request) => request('https://x.example/a?email=jane', { method: 'POST', budget: 'bulk' }),
      transport,
      {
        beforeSend: async (departing) => {
          expect(transport.sent).toHaveLength(0);
          seen.push(departing);
        },
      },
    );
    expect(seen).toEqual([{ method: 'POST', url: 'https://x.example/a', budget: 'bulk', repeatable: false }]);
    const refused = await run((request) => request('https://x.example'), transport, {
      beforeSend: () => Promise.reject(new Error('lease lost')),
    });
    expect(refused.outcomes).toMatchObject([{ kind: 'retry', code: 'INTERNAL_ERROR' }]);
    expect(transport.sent).toHaveLength(1);
  });

  it('leaves no secret in what is written down, in any form', async () => {
    const answer = {
      ...OK,
      status: 400,
      body: JSON.stringify({
        message: `key ${SECRET} of jane@example.com is bad`,
        internal: 'not an error text',
      }),
    };
    const result = await run(
      (request) =>
        request(`https://x.example/${encodeURIComponent(SECRET)}`, {
          method: 'POST',
          searchParams: { key: SECRET },
          headers: { 'x-custom': SECRET, 'Api-Token': 'other' },
          body: new URLSearchParams({ key: SECRET }),
        }),
      wire(answer),
    );
    const text = JSON.stringify(result.exchanges);
    for (const form of [
      SECRET,
      encodeURIComponent(SECRET),
      'k%2Fe%2By',
      JSON.stringify(SECRET).slice(1, -1),
      'jane@example.com',
      'not an error text',
      'other',
    ]) {
      expect(text).not.toContain(form);
    }
    expect(result.exchanges[0]).toMatchObject({
      method: 'POST',
      status: 400,
      outcomeCode: 'REJECTED',
      errorText: 'key *** of ‹address› is bad',
    });
  });

  it('hides requests and answers from whoever prints the error', async () => {
    const { thrown } = await run(
      (request) => request('https://x.example/a', { headers: { 'api-token': SECRET } }),
      wire({ ...OK, status: 500, body: 'jane@example.com' }),
    );
    expect(thrown).toBeInstanceOf(HTTPError);
    expect(JSON.stringify(thrown) + String(thrown)).not.toMatch(/k\/e|jane/);
    expect(thrown instanceof HTTPError && thrown.response.content).toBe('jane@example.com');
  });
});

describe('an error', () => {
  const PHASES: readonly (readonly [TransportPhase, string, string])[] = [
    ['dns', 'stop DNS_FAILED', 'stop DNS_FAILED'],
    ['connect', 'retry CONNECTION_FAILED', 'retry CONNECTION_FAILED'],
    ['before-send', 'retry CONNECTION_FAILED', 'retry CONNECTION_FAILED'],
    ['after-send', 'retry RESPONSE_LOST', 'unknown RESPONSE_LOST'],
    ['timeout', 'retry TIMED_OUT', 'unknown TIMED_OUT'],
  ];
  it.each(PHASES)(
    'of the network in phase %s is %s when repeatable, else %s',
    async (phase, repeated, once) => {
      const transport = wire(new TransportError(phase, 'CONNECTION', 'It failed.'));
      const post: Perform = (request) => request('https://x.example', { method: 'POST' });
      const get: Perform = (request) => request('https://x.example');
      const said = async (perform: Perform, repeatable: boolean) => {
        const { outcomes, error } = await run(perform, transport, { repeatable });
        expect(error).toBeUndefined();
        return outcomes.map(({ kind, code }) => `${kind} ${code}`);
      };
      expect(await said(post, true)).toEqual([repeated]);
      expect(await said(post, false)).toEqual([once]);
      expect(await said(get, false)).toEqual([repeated]);
    },
  );

  it('of a refused address stops the account', async () => {
    const { outcomes } = await run(
      (request) => request('https://x.example'),
      wire(new TransportError('connect', 'ADDRESS_REFUSED', 'No.')),
    );
    expect(outcomes).toMatchObject([{ kind: 'stop', scope: 'account', code: 'ADDRESS_REFUSED' }]);
  });

  it.each<readonly [string, Error, string]>([
    ['PayloadValidationError', new PayloadValidationError('Bad.'), 'rejected PAYLOAD_INVALID'],
    ['InvalidAuthenticationError', new InvalidAuthenticationError('Bad.'), 'stop CREDENTIALS_REFUSED'],
    ['RetryableError', new RetryableError('Later.'), 'retry SERVER_ERROR'],
    ['SelfTimeoutError', new SelfTimeoutError('Slow.'), 'retry SERVER_ERROR'],
    ['APIError 404', new APIError('None.', 404), 'rejected NOT_FOUND'],
    ['IntegrationError 429', new IntegrationError('Slow down.', 'X', 429), 'retry SERVER_ERROR'],
    ['IntegrationError 501', new IntegrationError('Never.', 'X', 501), 'rejected REJECTED'],
    [
      'OutcomeError',
      new OutcomeError({ kind: 'rejected', code: 'UNSUBSCRIBED', message: 'Left.' }),
      'rejected UNSUBSCRIBED',
    ],
  ])('%s of an action is its outcome', async (_, thrown, said) => {
    const result = await run(() => Promise.reject(thrown), wire());
    expect(result.outcomes.map(({ kind, code }) => `${kind} ${code}`)).toEqual([said]);
    expect(result.error).toBeUndefined();
    expect(result.thrown).toBe(thrown);
  });

  it('that nobody expected is a retry, and handed over for the log', async () => {
    const mistake = new TypeError('x is not a function');
    const result = await run(() => Promise.reject(mistake), wire());
    expect(result).toMatchObject({ outcomes: [{ kind: 'retry', code: 'INTERNAL_ERROR' }], error: mistake });
    expect(JSON.stringify(result.outcomes)).not.toContain('not a function');
  });

  it.each([
    [200, 'delivered DELIVERED'],
    [400, 'rejected REJECTED'],
    [401, 'stop CREDENTIALS_REFUSED'],
    [404, 'rejected NOT_FOUND'],
    [408, 'unknown SERVER_ERROR'],
    [423, 'retry SERVER_ERROR'],
    [429, 'pause RATE_LIMITED'],
    [500, 'unknown SERVER_ERROR'],
    [501, 'rejected REJECTED'],
  ])('status %i without a judge is %s', async (status, said) => {
    const { outcomes } = await run(
      (request) => request('https://x.example', { method: 'POST' }),
      wire({ ...OK, status }),
    );
    expect(outcomes.map(({ kind, code }) => `${kind} ${code}`)).toEqual([said]);
  });
});

describe('a batch', () => {
  const batch = (performBatch: NonNullable<DestinationDefinition['actions'][string]['performBatch']>) =>
    dispatch({
      destination: compileDestination({
        name: 'T',
        mode: 'cloud',
        actions: { a: { title: 'A', description: '', fields: {}, perform: async () => {}, performBatch } },
      }),
      action: 'a',
      payloads: [{}, {}, {}],
      settings: {},
      transport: wire(),
    });

  it('gives one outcome for each payload, by index; a missing one is tried again', async () => {
    const { outcomes } = await batch(async () => {
      const results = new MultiStatusResponse();
      results.setSuccessResponseAtIndex(0, { status: 200, sent: {}, body: {} });
      results.setErrorResponseAtIndex(2, { status: 400, errormessage: 'Bad.' });
      return results;
    });
    expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'retry', 'rejected']);
  });

  it('gives an error of the whole call to every payload', async () => {
    const { outcomes } = await batch(() => Promise.reject(new RetryableError('Later.')));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry']);
  });

  it('counts entries as Segment does', () => {
    const results = new MultiStatusResponse();
    results.pushSuccessResponse({ status: 200, sent: {}, body: {} });
    results.pushErrorResponse({ status: 404, errormessage: 'None.' });
    results.unsetResponseAtIndex(4);
    expect([
      results.length(),
      results.successCount,
      results.errorCount,
      results.getAllResponses().length,
    ]).toEqual([5, 1, 1, 2]);
    expect(results.getResponseAtIndex(1)).toMatchObject({ errortype: 'NOT_FOUND' });
    expect([
      results.isSuccessResponseAtIndex(0),
      results.isErrorResponseAtIndex(1),
      results.isErrorResponseAtIndex(4),
    ]).toEqual([true, true, false]);
  });
});

describe('masks', () => {
  it('leave short secrets alone and take the longest first', () => {
    expect(createMasker(['a', 'secret', 'secret-long'])('a secret-long secret')).toBe('a *** ***');
  });
  it('hide addresses in plain and encoded form', () => {
    expect(maskAddresses('of jane@example.com, a%40b.org')).toBe('of ‹address›, ‹address›');
  });
});
