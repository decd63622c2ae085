/** A whole service in this process beside a simulated account, on free ports and a folder of its own. It must not know the insides of either. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { expect, vi } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { loadConfig, loadSecrets, type Secrets } from '../../src/config.ts';
import { type Addresses, createRuntime, type Runtime } from '../../src/runtime/runtime.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';

export const SANDBOX_CONFIG = {
  api_key: 'sandbox-key',
  event_tracking_account_id: '1000001',
  event_tracking_key: 'sandbox-event-key',
} as const;

/** Whatever the API answers: these tests are about it. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Service extends Addresses {
  readonly sandbox: Sandbox;
  readonly runtime: Runtime;
  readonly secrets: Secrets;
  readonly dataDir: string;
  /** Everything that was logged so far. */
  readonly log: () => string;
  /** Calls the management API; answers status and parsed body. */
  admin(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: Json }>;
  /** Installs the simulated account; answers the 201's body. */
  install(changes?: {
    readonly name?: string;
    readonly config?: object;
    readonly variant?: string;
    readonly blueprint?: object;
  }): Promise<Json>;
  /** Sends events to /v1/batch; answers the status. */
  send(...events: readonly object[]): Promise<number>;
  /** Stops the service and starts it again on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startService(environment: Readonly<Record<string, string>> = {}): Promise<Service> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signal-e2e-'));
  const sandbox = await startSandbox({});
  const lines: string[] = [];
  const logger = pino(
    { level: 'debug' },
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  const config = loadConfig({
    SIGNAL_DATA_DIR: dataDir,
    ADMIN_PORT: '0',
    INGEST_PORT: '0',
    ADMIN_RATE_LIMIT_PER_MINUTE: '100000',
    ALLOWED_API_ORIGINS: sandbox.url,
    EVENT_TRACKING_URL: `${sandbox.url}/event`,
    ...environment,
  });
  const secrets = loadSecrets(config);
  const begin = async (): Promise<{ runtime: Runtime; addresses: Addresses }> => {
    const runtime = await createRuntime({
      config,
      secrets,
      destinations: [activecampaign],
      logger,
      sandboxUrl: sandbox.url,
    });
    return { runtime, addresses: await runtime.start() };
  };
  let { runtime, addresses } = await begin();
  const admin: Service['admin'] = async (method, path, body) => {
    const response = await fetch(`${addresses.adminUrl}/v1/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secrets.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    sandbox,
    secrets,
    dataDir,
    admin,
    log: () => lines.join(''),
    get runtime() {
      return runtime;
    },
    get adminUrl() {
      return addresses.adminUrl;
    },
    get ingestUrl() {
      return addresses.ingestUrl;
    },
    async install({ config: changes, ...rest } = {}) {
      const { status, body } = await admin('POST', '/integration-catalog/activecampaign/install', {
        name: 'ActiveCampaign',
        variant: 'default',
        delivery_mode: 'server_side',
        config: { api_url: sandbox.url, ...SANDBOX_CONFIG, ...changes },
        ...rest,
      });
      expect(status, JSON.stringify(body)).toBe(201);
      return body;
    },
    async send(...events) {
      const response = await fetch(`${addresses.ingestUrl}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secrets.pipelineKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
      });
      expect((await response.json()).rejected ?? []).toEqual([]);
      return response.status;
    },
    async restart() {
      await runtime.stop();
      ({ runtime, addresses } = await begin());
    },
    async close() {
      await runtime.stop();
      await sandbox.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Looks again and again until the claim holds; what it last threw is the failure. */
export async function eventually(claim: () => unknown): Promise<void> {
  await vi.waitFor(async () => claim(), { timeout: 120_000, interval: 25 });
}

export const YES = { consent: { marketing: true } };
export const NO = { consent: { marketing: false } };
