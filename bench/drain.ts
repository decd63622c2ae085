/** How fast a backlog leaves: a hundred thousand contacts by import, and single updates at the account's real limit. Prints rates and our own 429s. The account runs in a process of its own (`npm run build` first). */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { activecampaign } from '../src/activecampaign/destination.ts';
import { loadConfig, loadSecrets } from '../src/config.ts';
import { createRuntime } from '../src/runtime/runtime.ts';
import type { Store } from '../src/store/store.ts';

const { values } = parseArgs({
  options: {
    contacts: { type: 'string', default: '100000' },
    /** The account's limits run so many times faster, and ours are set to match. */
    speed: { type: 'string', default: '10' },
    singles: { type: 'string', default: '120' },
  },
});

interface Sandbox {
  readonly url: string;
  call(method: string, path: string, body?: object): Promise<ReturnType<typeof JSON.parse>>;
  end(): void;
}

/** The simulated account in a process of its own, so that it takes no time from what is measured. */
async function startSandbox(): Promise<Sandbox> {
  const child = spawn(process.execPath, ['dist/main.js', 'sandbox', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
    if (url !== '') break;
  }
  child.stdout.resume();
  return {
    url,
    async call(method, path, body) {
      const response = await fetch(`${url}/_sandbox${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    },
    end: () => void child.kill('SIGTERM'),
  };
}

interface Bench {
  readonly sandbox: Sandbox;
  readonly store: Store;
  send(events: readonly object[]): Promise<void>;
  /** Publishes the settings again, which lifts what stopped the integration. */
  release(): Promise<void>;
  end(): Promise<void>;
}

async function begin(speed: number): Promise<Bench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signal-drain-'));
  const sandbox = await startSandbox();
  await sandbox.call('POST', '/settings', { speed });
  const config = loadConfig({
    SIGNAL_DATA_DIR: dataDir,
    ADMIN_PORT: '0',
    INGEST_PORT: '0',
    RATE_LIMIT_PER_SECOND: String(5 * speed),
    TRACKING_LIMIT_PER_SECOND: String(5 * speed),
    BULK_LIMIT_PER_MINUTE: String(100 * speed),
    ALLOWED_API_ORIGINS: sandbox.url,
    EVENT_TRACKING_URL: `${sandbox.url}/event`,
  });
  const secrets = loadSecrets(config);
  const runtime = await createRuntime({
    config,
    secrets,
    destinations: [activecampaign],
    logger: pino({ level: 'silent' }),
  });
  const { adminUrl, ingestUrl } = await runtime.start();
  const settings = {
    api_url: sandbox.url,
    api_key: 'sandbox-key',
    event_tracking_account_id: '1000001',
    event_tracking_key: 'sandbox-event-key',
  };
  const admin = async (path: string, body: object): Promise<ReturnType<typeof JSON.parse>> => {
    const response = await fetch(`${adminUrl}/v1/admin${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secrets.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status !== 201) throw new Error(await response.text());
    return response.json();
  };
  const { template } = await admin('/integration-catalog/activecampaign/install', {
    name: 'Bench',
    config: settings,
  });
  return {
    sandbox,
    store: runtime.store,
    async release() {
      await admin(`/integration-templates/${template.id}/revisions`, {
        config: { ...settings, skip_unchanged: false },
        change_summary: 'Go on',
      });
    },
    async send(events) {
      const response = await fetch(`${ingestUrl}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secrets.pipelineKey}` },
        body: JSON.stringify({ events }),
      });
      if (response.status !== 200) throw new Error(await response.text());
    },
    async end() {
      await runtime.stop();
      sandbox.end();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const identify = (index: number): object => ({
  type: 'identify',
  userId: `u${index}`,
  messageId: `m${index}`,
  traits: { email: `c${index}@example.com`, first_name: 'Ada', last_name: `Byron ${index}` },
  context: { consent: { marketing: true } },
});

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));

const contacts = async (sandbox: Sandbox): Promise<number> =>
  (await sandbox.call('GET', '/overview')).counts.contacts;

interface Seen {
  readonly at_ms: number;
  readonly path: string;
  readonly status: number;
}

async function requests(sandbox: Sandbox): Promise<readonly Seen[]> {
  return sandbox.call('GET', '/requests');
}

/** The limit of imports is told by a 400. */
const refused = (seen: readonly Seen[]): number =>
  seen.filter(({ status, path }) => status === 429 || (status === 400 && path.includes('bulk_import')))
    .length;

/** Everything waits before the first contact leaves: the integration is stopped until the log is processed. */
async function backlog(count: number, speed: number): Promise<void> {
  const bench = await begin(speed);
  const { sandbox, store } = bench;
  await sandbox.call('POST', '/faults', {
    rules: [{ path: '/api/3/contact/sync', times: 1, respond: { status: 401 } }],
  });
  await bench.send([identify(0)]);
  while ((await store.queue.stopsOfTemplates()).size === 0) await pause();
  for (let sent = 1; sent < count; sent += 500) {
    await bench.send(
      Array.from({ length: Math.min(500, count - sent) }, (_, index) => identify(sent + index)),
    );
  }
  while ((await store.steps.cursor()) < (await store.log.head())) await pause();
  const [before, began] = [process.cpuUsage(), performance.eventLoopUtilization()];
  await bench.release();
  while ((await contacts(sandbox)) < count) await pause();
  const { user, system } = process.cpuUsage(before);
  const { utilization } = performance.eventLoopUtilization(began);
  const imports = (await requests(sandbox)).filter(({ path }) => path.endsWith('/bulk_import'));
  const [first, last] = [imports.at(0)?.at_ms ?? 0, imports.at(-1)?.at_ms ?? 0];
  // From the first import to the last there were all but the last one's contacts.
  const rate = (count * (imports.length - 1)) / imports.length / ((last - first) / 60_000);
  const ceiling = 25_000 * speed;
  console.log(
    `backlog: ${count} contacts in ${imports.length} imports, ${Math.round(rate)} contacts a minute = ${((100 * rate) / ceiling).toFixed(1)} % of ${ceiling} (speed ${speed}); refused for pace: ${refused(await requests(sandbox))}; processor time ${Math.round((user + system) / count)} µs a contact, the event loop busy ${Math.round(100 * utilization)} % of the time; RSS ${Math.round(process.memoryUsage.rss() / 1_048_576)} MB`,
  );
  await bench.end();
}

async function singles(count: number): Promise<void> {
  const bench = await begin(1);
  for (let index = 0; index < count; index += 1) await bench.send([identify(index)]);
  while ((await contacts(bench.sandbox)) < count) await pause();
  const seen = await requests(bench.sandbox);
  const times = seen.filter(({ path }) => path.startsWith('/api/3')).map(({ at_ms }) => at_ms);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  console.log(
    `at the account's real limit: ${times.length} requests in ${seconds.toFixed(1)} s = ${((times.length - 1) / seconds).toFixed(2)} a second; refused for pace: ${refused(seen)}`,
  );
  await bench.end();
}

await singles(Number(values.singles));
await backlog(Number(values.contacts), Number(values.speed));
