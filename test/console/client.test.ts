/** Holds the client of the management API to what pages rely on: tokens, queries, errors in sentences. */
import { describe, expect, it } from 'vitest';
import { ApiError, createClient, queryText } from '../../src/console/api/client.ts';

function clientFor(answer: () => Response | Promise<Response>) {
  const asked: { readonly url: string; readonly init: RequestInit | undefined }[] = [];
  let refused = 0;
  const client = createClient({
    token: () => 'tok',
    onRefused: () => {
      refused += 1;
    },
    fetch: async (url, init) => {
      asked.push({ url: String(url), init });
      return answer();
    },
  });
  return { client, asked, refused: () => refused };
}

const failing = (status: number, body: string, headers: Record<string, string> = {}) =>
  clientFor(() => new Response(body, { status, headers }));

async function errorOf(run: Promise<unknown>): Promise<ApiError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError but ${String(error)}`);
  return error;
}

describe('the client', () => {
  it('sends the token, the query without empty members, and JSON', async () => {
    const { client, asked } = clientFor(() => Response.json({ ok: true }));
    await client.call('POST', '/x', { body: { a: 1 }, query: { limit: 5, cursor: undefined, q: '' } });
    const [{ url, init } = { url: '', init: undefined }] = asked;
    expect(url).toBe('/v1/admin/x?limit=5');
    expect(new Headers(init?.headers).get('authorization')).toBe('Bearer tok');
    expect(init?.body).toBe('{"a":1}');
  });

  it('answers nothing for 204', async () => {
    const { client } = clientFor(() => new Response(null, { status: 204 }));
    expect(await client.call('DELETE', '/x')).toBeUndefined();
  });

  it('tells the service’s own sentence, code and details', async () => {
    const details = [{ path: 'config.api_url', message: 'is required' }];
    const body = JSON.stringify({
      error: { code: 'VALIDATION_FAILED', message: 'One wrong field.', details },
    });
    const error = await errorOf(failing(422, body).client.call('POST', '/x'));
    expect(error).toMatchObject({
      message: 'One wrong field.',
      code: 'VALIDATION_FAILED',
      status: 422,
      details,
    });
    expect(error.isPassing).toBe(false);
  });

  it('says that the token was refused', async () => {
    const { client, refused } = failing(401, '{}');
    await errorOf(client.call('GET', '/x'));
    expect(refused()).toBe(1);
  });

  it.each([
    ['a proxy’s page', 502, '<html>', {}, undefined],
    ['a full limiter', 429, '{"error":{"code":"RATE_LIMITED"}}', { 'retry-after': '7' }, 7],
  ])('makes an error that may pass of %s', async (_name, status, body, headers, retryAfterS) => {
    const error = await errorOf(failing(status, body, headers).client.call('GET', '/x'));
    expect(error.isPassing).toBe(true);
    expect(error.retryAfterS).toBe(retryAfterS);
  });

  it('makes an error that may pass of no answer at all', async () => {
    const { client } = clientFor(() => Promise.reject(new TypeError('Failed to fetch')));
    const error = await errorOf(client.call('GET', '/x'));
    expect(error).toMatchObject({ code: 'NO_ANSWER', status: 0, isPassing: true });
    expect(error.message).not.toContain('fetch');
  });

  it('escapes what people typed into filters', () => {
    expect(queryText({ email: 'a+b@example.com', event: 'x&y' })).toBe(
      '?email=a%2Bb%40example.com&event=x%26y',
    );
  });
});
