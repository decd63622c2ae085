/** A simulated account with the destination in front of it, for one test. It must not hold claims. */
import { afterEach } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import type { Clock } from '../../src/clock.ts';
import { createCache } from '../../src/destination/cache.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import type { DispatchResult } from '../../src/destination/dispatch.ts';
import { dispatch } from '../../src/destination/dispatch.ts';
import { createUndiciTransport } from '../../src/destination/undici-transport.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';

export const destination = compileDestination(activecampaign);

/** Time that a test moves by hand. Nothing here sets timers. */
export class HandClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 31, 12);

  now(): number {
    return this.#nowMs;
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }

  after(): () => void {
    throw new Error('Nothing in a dispatch waits by the clock.');
  }
}

export interface World {
  readonly sandbox: Sandbox;
  readonly clock: HandClock;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Checks and performs; a payload that does not fit is an error of the test. */
  run(action: string, payload: object, settings?: object): Promise<DispatchResult>;
  /** The same for several payloads at once. */
  runAll(action: string, payloads: readonly object[], settings?: object): Promise<DispatchResult>;
  environment(settings?: object): Omit<Parameters<typeof dispatch>[0], 'action' | 'payloads'>;
  /** Requests since the last call, as `POST /contactTags 201`; other hosts' and control paths are left out. */
  seen(): readonly string[];
  contact(email: string): ReturnType<Sandbox['account']>['contacts'][number] | undefined;
  /** Rows that a test starts from. */
  seed(rows: object): Promise<void>;
  api(method: string, path: string, body?: object): Promise<unknown>;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

export async function world(options: SandboxOptions = {}): Promise<World> {
  const sandbox = await startSandbox({
    ...options,
    settings: { rate_limit_per_second: 0, ...options.settings },
  });
  const transport = createUndiciTransport({ allowedOrigins: [sandbox.url] });
  open.push({
    async close() {
      await transport.close();
      await sandbox.close();
    },
  });
  const clock = new HandClock();
  const cache = createCache(clock);
  const base = {
    api_url: sandbox.url,
    api_key: 'sandbox-key',
    event_tracking_account_id: '1000001',
    event_tracking_key: 'sandbox-event-key',
  };
  const environment: World['environment'] = (settings = {}) => {
    const checked = destination.checkSettings({ ...base, ...settings }, { allowedOrigins: [sandbox.url] });
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    return {
      destination,
      transport,
      clock,
      cache,
      settings: checked.settings,
      allowedOrigins: [sandbox.url],
      trackingUrl: `${sandbox.url}/event`,
    };
  };
  const runAll: World['runAll'] = (action, payloads, settings) => {
    const checked = payloads.map((payload) => {
      const result = destination.actions[action]?.check({ ...payload });
      if (result?.ok !== true)
        throw new Error(`The payload does not fit ${action}: ${JSON.stringify(result)}`);
      return result.payload;
    });
    return dispatch({ ...environment(settings), action, payloads: checked });
  };
  let read = 0;
  return {
    sandbox,
    clock,
    settings: base,
    environment,
    run: (action, payload, settings) => runAll(action, [payload], settings),
    runAll,
    seen() {
      const all = sandbox.requests();
      const fresh = all.slice(read);
      read = all.length;
      return fresh.map(
        ({ method, path, status }) =>
          `${method} ${path.replace('/api/3', '').replace(/\?.*$/, '')} ${status}`,
      );
    },
    contact: (email) => sandbox.account().contacts.find((contact) => contact.email === email),
    async seed(rows) {
      await fetch(`${sandbox.url}/_sandbox/seed`, { method: 'POST', body: JSON.stringify(rows) });
    },
    async api(method, path, body) {
      const response = await fetch(`${sandbox.url}/api/3${path}`, {
        method,
        headers: { 'api-token': 'sandbox-key', 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return response.json();
    },
  };
}

export const DELIVERED = { kind: 'delivered', code: 'DELIVERED' };
