/** A simulated account for one test, and a caller with its key. It must not hold claims. */
import { afterEach } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';

export interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined where it is no JSON. */
  readonly json: unknown;
}

const running: Sandbox[] = [];
afterEach(async () => {
  for (const sandbox of running.splice(0)) await sandbox.close();
});

/** Without a rate limit unless the test sets one, and ended after the test. */
export async function account(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({
    ...options,
    settings: { rate_limit_per_second: 0, ...options.settings },
  });
  running.push(sandbox);
  return sandbox;
}

/** Calls the REST API with the account's key. */
export function call(sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Reply> {
  return send(`${sandbox.url}/api/3${path}`, {
    method,
    headers: { 'api-token': 'sandbox-key', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Calls a path below `/_sandbox`. */
export function steer(sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Reply> {
  return send(`${sandbox.url}/_sandbox${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Tracks an event as a form; `fields` replace those of a good one, undefined leaves one out. */
export function track(sandbox: Sandbox, fields: Record<string, string | undefined> = {}): Promise<Reply> {
  const good = {
    actid: '1000001',
    key: 'sandbox-event-key',
    event: 'signed up',
    visit: '{"email":"jane@example.com"}',
  };
  const sent = Object.entries({ ...good, ...fields }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return send(`${sandbox.url}/event`, { method: 'POST', body: new URLSearchParams(sent) });
}

export async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    headers: response.headers,
    text,
    json: parsed(text),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Follows names and places into a parsed body: `at(json, 'contacts', 0, 'id')`. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.getOwnPropertyDescriptor(found, String(key))?.value;
  }
  return found;
}

/** Makes a contact and gives its id. */
export async function contactNamed(sandbox: Sandbox, email: string, more: object = {}): Promise<string> {
  const { json } = await call(sandbox, 'POST', '/contacts', { contact: { email, ...more } });
  return String(at(json, 'contact', 'id'));
}
