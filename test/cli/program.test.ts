/** The program `signal` as people and scripts use it, against a listening management API. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import type { Surroundings } from '../../src/cli/terminal.ts';
import { Failure } from '../../src/event/failure.ts';
import { API_KEY, INSTALL, START_MS, startManagement, TOKEN } from '../server/management/fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'signal-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

interface Result {
  /** 0, what the program exited with, or 1 for a Failure. */
  readonly code: number;
  readonly out: string;
  /** Standard error, with the Failure's message as the composition root prints it. */
  readonly err: string;
  readonly started: readonly unknown[];
}

async function run(args: readonly string[], changes: Partial<Surroundings> = {}): Promise<Result> {
  const out: string[] = [];
  const err: string[] = [];
  const started: unknown[] = [];
  const surroundings: Surroundings = {
    environment: { ADMIN_TOKEN: TOKEN },
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    isTerminal: false,
    columns: undefined,
    now: () => START_MS + 12_000,
    exit: (code) => {
      throw new Exit(code);
    },
    ending: new AbortController().signal,
    ...changes,
  };
  const actions = {
    version: '1.2.3',
    serve: async () => void started.push('serve'),
    sandbox: async (options: object) => void started.push(['sandbox', options]),
    start: async (options: object) => void started.push(['start', options]),
  };
  const done = (code: number): Result => ({ code, out: out.join(''), err: err.join(''), started });
  try {
    await buildProgram(actions, surroundings).parseAsync(['node', 'signal', ...args]);
    return done(0);
  } catch (error) {
    if (error instanceof Exit) return done(error.code);
    if (!(error instanceof Failure)) throw error;
    err.push(error.message);
    return done(1);
  }
}

async function listening(changes: Parameters<typeof startManagement>[0] = {}) {
  const fixture = await startManagement(changes);
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = fixture.app.server.address() as AddressInfo;
  return { ...fixture, url: `http://127.0.0.1:${port}` };
}

const CONFIG = file('config.json', INSTALL.config);
const IDENTIFY = {
  type: 'identify',
  messageId: 'm-identify',
  userId: 'user-123',
  traits: { email: 'jane@example.com', first_name: 'Jane' },
  context: { consent: { marketing: true } },
};

async function installed(changes: Parameters<typeof startManagement>[0] = {}) {
  const service = await listening(changes);
  const { code, err } = await run(['install', 'activecampaign', '--config', CONFIG, '--url', service.url]);
  expect([code, err]).toEqual([0, '']);
  return service;
}

describe('commands that run something', () => {
  it('are handed to the composition root with their options', async () => {
    expect((await run(['serve'])).started).toEqual(['serve']);
    expect((await run(['sandbox'])).started).toEqual([['sandbox', {}]]);
    expect((await run(['sandbox', '--port', '0'])).started).toEqual([['sandbox', { port: 0 }]]);
    expect((await run(['start'])).started).toEqual([['start', { tour: true }]]);
    expect((await run(['start', '--no-tour'])).started).toEqual([['start', { tour: false }]]);
  });
});

describe('the list of integrations', () => {
  it('says that there is none', async () => {
    const { url } = await listening();
    expect((await run(['integrations', 'list', '--url', url])).out).toBe('Nothing is installed.\n');
  });

  it('names each stop below it: what it covers, why, since when, when it is asked next, and what to do', async () => {
    const { url, store, receive } = await installed({
      hooks: { nextProbeMs: (_, { endpoint }) => (endpoint === 'api' ? undefined : START_MS + 15_000) },
    });
    await receive(IDENTIFY);
    const [lease] = await store.queue.claim('test', START_MS, 60_000);
    if (lease === undefined) throw new Error('no lease');
    const list = async (...more: string[]) =>
      (await run(['integrations', 'list', ...more, '--url', url])).out;
    expect(await list()).toMatch(
      /^ID +NAME +STATE +WAITING +ACCOUNT\ntmpl_\S+ +ActiveCampaign +ok +1 +your-account\.api-us1\.com\n$/,
    );
    for (const endpoint of ['tracking', 'api'] as const) {
      const stop = { endpoint, code: 'ACCOUNT_FAILING', message: `The ${endpoint} failed.` } as const;
      await store.queue.settle({ lease, nowMs: START_MS, changes: [], attempts: [], stop });
    }
    const out = await list();
    expect(out).toContain(
      [
        'ActiveCampaign: event tracking stopped 12 s ago (ACCOUNT_FAILING), asked again in 3 s.',
        '  The tracking failed.',
        '  Nothing has to be mended here: it goes on within seconds once it answers.',
      ].join('\n'),
    );
    expect(out).toContain(
      'the API (everything but events) stopped 12 s ago (ACCOUNT_FAILING), asked again when there is something to send.',
    );
    expect(JSON.parse(await list('--json'))).toMatchObject([
      { delivery: { state: 'stopped', stops: [{ endpoint: 'api' }, { endpoint: 'tracking' }] } },
    ]);
  });
});

describe('wrong usage', () => {
  it.each([
    [['fly']],
    [['serve', '--fast']],
    [['sandbox', '--port', 'north']],
    [['install', 'activecampaign']],
    [['deliveries', 'list', '--limit', '0']],
    [['blueprint', 'apply', 'x.json']],
  ])('%j ends with 2 and says what is wrong', async (args) => {
    const { code, err, out } = await run(args);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: /);
    expect(out).toBe('');
  });

  it('is not asking for the version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' });
  });

  it('is not asking for help', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const command of ['serve', 'sandbox', 'catalog', 'install', 'integrations', 'blueprint', 'events']) {
      expect(out).toContain(command);
    }
  });
});

describe('what stands in the way is told with what to do', () => {
  it.each([
    [{}, 'http://127.0.0.1:'],
    [{ ADMIN_HOST: '0.0.0.0' }, 'http://127.0.0.1:'],
    [{ ADMIN_HOST: '::1' }, 'http://[::1]:'],
  ])('asks where %j and ADMIN_PORT say when no address is given', async (host, origin) => {
    const service = await listening();
    await service.app.close();
    const port = new URL(service.url).port;
    const { err } = await run(['catalog', 'list'], {
      environment: { ADMIN_TOKEN: TOKEN, ADMIN_PORT: port, ...host },
    });
    expect(err).toContain(`No service answers at ${origin}${port}.`);
  });

  it('when no service answers', async () => {
    const service = await listening();
    await service.app.close();
    const { code, err } = await run(['catalog', 'list', '--url', service.url]);
    expect(code).toBe(1);
    expect(err).toContain(
      `No service answers at ${service.url}. Start it with "npx --no-install signal serve"`,
    );
  });

  it('when there is no token', async () => {
    const { code, err } = await run(['catalog', 'list'], { environment: { SIGNAL_DATA_DIR: folder } });
    expect([code, err]).toEqual([1, expect.stringContaining('Give it with --token or in ADMIN_TOKEN')]);
  });

  it('when the token is another one', async () => {
    const { url } = await listening();
    const { code, err } = await run(['catalog', 'list', '--url', url, '--token', 'wrong']);
    expect([code, err]).toEqual([1, expect.stringContaining('Give the token of this service')]);
  });

  it('when fields are wrong, one line each', async () => {
    const { url } = await listening();
    const config = file('wrong.yaml', 'api_url: http://insecure.example\ncolour: red\n');
    const { code, err } = await run(['install', 'activecampaign', '--config', config, '--url', url]);
    expect(code).toBe(1);
    expect(err).toMatch(/\n {2}config\.api_key: /);
    expect(err).toMatch(/\n {2}config\.colour: /);
  });

  it.each([
    ['that is not there', 'nowhere.json', 'cannot be read'],
    ['that is no JSON', file('broken.json', '{"a": '), 'line'],
  ])('when a file is named %s', async (_what, name, words) => {
    const { code, err } = await run(['install', 'activecampaign', '--config', name]);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
  });
});

describe('the token', () => {
  it('is read from the data folder of the service', async () => {
    const { url } = await listening();
    file('admin-token', `${TOKEN}\n`);
    const { code } = await run(['catalog', 'list', '--url', url], {
      environment: { SIGNAL_DATA_DIR: folder },
    });
    expect(code).toBe(0);
  });
});

describe('the catalog', () => {
  it('is a table for people and JSON for programs', async () => {
    const { url } = await listening();
    const { out } = await run(['catalog', 'list', '--url', url]);
    expect(out).toMatch(
      /^KEY +NAME +STATUS +VARIANTS +DESCRIPTION\nactivecampaign +ActiveCampaign +alpha +default/,
    );
    const { out: json } = await run(['catalog', 'list', '--json', '--url', url]);
    expect(JSON.parse(json)).toMatchObject([{ key: 'activecampaign', config_fields: expect.any(Array) }]);
  });

  it('installs, by default under the name of the vendor', async () => {
    const { url, store } = await listening();
    const { code, out } = await run(['install', 'activecampaign', '--config', CONFIG, '--url', url]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /✓ Installed ActiveCampaign \(tmpl_\w+\), revision 1, attached to pipeline pip_default\./,
    );
    expect(out).not.toContain(API_KEY);
    expect((await store.config.templates()).map(({ name }) => name)).toEqual(['ActiveCampaign']);
  });

  it('installs a whole request from a file, and options go before it', async () => {
    const { url, store } = await listening();
    const request = file('request.json', INSTALL);
    const args = ['install', 'activecampaign', '--config', request, '--name', 'Mugs', '--variant', 'retail'];
    const { code, out } = await run([...args, '--json', '--url', url]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ template: { name: 'Mugs', catalog_variant_key: 'retail' } });
    expect((await store.config.templates()).length).toBe(1);
  });

  it('installs nothing under a name that is taken', async () => {
    const { url } = await installed();
    const { code, err } = await run(['install', 'activecampaign', '--config', CONFIG, '--url', url]);
    expect([code, err]).toEqual([1, expect.stringContaining('Choose another name')]);
  });
});

describe('deliveries', () => {
  it('are a table with times as people say them', async () => {
    const { url, receive } = await installed();
    await receive(IDENTIFY);
    const { out } = await run(['deliveries', 'list', '--url', url]);
    const [heading, row] = out.split('\n');
    expect(heading).toMatch(/^ID +QUEUED +STATE +ACTION +EVENT +CONTACT +TRIES +REASON$/);
    expect(row).toMatch(/^dlv_1 +12 s ago +waiting +syncContact +identify +jane@example\.com +0$/);
  });

  it('are filtered, and said to be none when there are none', async () => {
    const { url, receive } = await installed();
    await receive(IDENTIFY);
    expect((await run(['deliveries', 'list', '--status', 'dead', '--url', url])).out).toBe(
      'No deliveries yet.\n',
    );
    expect((await run(['deliveries', 'list', '--status', 'dead', '--json', '--url', url])).out).toBe('[]\n');
    expect((await run(['deliveries', 'list', '--status', 'lost', '--url', url])).code).toBe(1);
  });

  it('are shown one by one with every try', async () => {
    const { url, receive, settle } = await installed();
    await receive(IDENTIFY);
    await settle(({ id }) => ({ id, to: 'dead', code: 'REJECTED', message: 'The address is not valid.' }));
    const { out } = await run(['deliveries', 'show', 'dlv_1', '--url', url]);
    expect(out).toContain('dlv_1  syncContact');
    expect(out).toMatch(/State +dead/);
    expect(out).toContain('"firstName": "Jane"');
    expect(out).toMatch(/Try 1 +rejected +12 s ago, 12 ms/);
    expect(out).toContain('POST https://a.example/api/3/contact/sync → 200');
    expect((await run(['deliveries', 'show', 'dlv_9', '--url', url])).code).toBe(1);
  });
});

describe('events tail', () => {
  it('prints what happens, one line each, and makes hostile names harmless', async () => {
    const { url, receive, settle } = await installed();
    const ending = new AbortController();
    const lines: string[] = [];
    const out = (text: string): void => {
      lines.push(text);
      if (lines.length === 3) ending.abort();
    };
    const tail = run(['events', 'tail', '--after', '0', '--url', url], { out, ending: ending.signal });
    const hostile = { ...IDENTIFY, type: 'track', event: 'Mug \u001b[31mred', messageId: 'm-2' };
    await receive(IDENTIFY, hostile);
    await settle(({ id }) => ({ id, to: 'delivered', code: 'DELIVERED' }));
    await tail;
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d +identify +jane@example\.com +mapped\n$/);
    expect(lines[1]).toContain('Mug ·[31mred');
    expect(lines[1]).toContain('dropped EVENT_NOT_ENABLED');
    expect(lines[2]).toMatch(/→ +syncContact +jane@example\.com +delivered\n$/);
    expect(lines.join('')).not.toContain('\u001b');
  });

  it('tells of a rule that made nothing of an event beside one that did', async () => {
    const { url, receive } = await listening();
    const blueprint = {
      version: 2,
      events: {
        identify: [
          {},
          { action: 'addTags', mappings: [{ source: 'traits.plan', target: 'tags', transform: 'trim' }] },
        ],
      },
    };
    const own = file('two-rules.json', blueprint);
    await run(['install', 'activecampaign', '--config', CONFIG, '--blueprint', own, '--url', url]);
    const ending = new AbortController();
    const lines: string[] = [];
    const out = (text: string): void => {
      lines.push(text);
      ending.abort();
    };
    await receive(IDENTIFY);
    await run(['events', 'tail', '--after', '0', '--url', url], { out, ending: ending.signal });
    expect(lines[0]).toMatch(/ mapped, identify\/1 invalid PAYLOAD_INVALID\n$/);
  });

  it('is one JSON value a line for programs', async () => {
    const { url, receive } = await installed();
    const ending = new AbortController();
    const lines: string[] = [];
    const out = (text: string): void => {
      lines.push(text);
      ending.abort();
    };
    await receive(IDENTIFY);
    await run(['events', 'tail', '--json', '--after', '0', '--url', url], { out, ending: ending.signal });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      event: 'event.processed',
      data: { message_id: 'm-identify' },
    });
  });

  it('looks for the service again also when that still says that it is closing', async () => {
    const closing = JSON.stringify({
      error: { code: 'SERVICE_CLOSING', message: 'The service is closing.' },
    });
    const answers = [[200, ': hello\n\n'] as const, [503, closing] as const];
    const server = createServer((_request, response) => {
      const [status, body] = answers.shift() ?? [200, 'id: 7\ndata: {}\n\n'];
      response.writeHead(status, { connection: 'close' }).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ending = new AbortController();
    const args = ['events', 'tail', '--json', '--url', `http://127.0.0.1:${port}`];
    const { code } = await run(args, { out: () => ending.abort(), ending: ending.signal });
    server.close();
    expect([code, answers]).toEqual([0, []]);
  });
});

describe('blueprints', () => {
  const DEFAULT = 'blueprints/activecampaign/default.json';

  it('that are right are said to be so', async () => {
    const { code, out } = await run(['blueprint', 'validate', DEFAULT]);
    expect([code, out]).toEqual([0, expect.stringContaining('can be used')]);
  });

  it('that are wrong are told line by line', async () => {
    const wrong = file('wrong-blueprint.yaml', 'version: 2\nevents:\n  identify:\n    action: synkContact\n');
    const { code, out, err } = await run(['blueprint', 'validate', wrong]);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ .*wrong-blueprint\.yaml:4:\d+ {2}.*syncContact/);
    expect(err).toContain('has one mistake');
  });

  it.each([
    ['one event', (event: object) => event],
    ['a list', (event: object) => [event]],
    ['a batch as it is sent', (event: object) => ({ batch: [event] })],
    ['cases', (event: object) => ({ cases: [{ name: 'a', event, email: 'jane@example.com' }] })],
  ])('are held to real events: %s', async (_form, content) => {
    const blueprint = file(
      'slip.yaml',
      'version: 2\nevents:\n  identify:\n    mappings:\n      - {source: traits.frist_name, target: firstName}\n      - {source: email, target: email}\n',
    );
    const identify = { type: 'identify', traits: { first_name: 'Jane' }, email: 'jane@example.com' };
    const events = file('events.json', content(identify));
    const { code, out } = await run(['blueprint', 'validate', blueprint, '--events', events]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /! .*slip\.yaml:5:\d+ {2}"traits\.frist_name" is not .*did you mean "traits\.first_name"\?/,
    );
    expect(out.match(/^!/gm)).toHaveLength(1);
  });

  it('say what a file of events should hold', async () => {
    const events = file('no-events.json', { hello: 1 });
    const { code, err } = await run(['blueprint', 'validate', DEFAULT, '--events', events]);
    expect([code, err]).toEqual([1, expect.stringContaining('should hold an event')]);
  });

  it('are held to the cases beside them', async () => {
    const { code, out } = await run(['blueprint', 'test', DEFAULT]);
    expect([code, out]).toEqual([0, expect.stringMatching(/✓ .*\n(?:.*\n)*\d+ cases passed\.\n$/)]);
    const cases = file('wrong.cases.json', {
      cases: [{ name: 'pages are dropped', event: { type: 'page' }, email: 'a@example.com', dropped: true }],
    });
    const failed = await run(['blueprint', 'test', DEFAULT, '--cases', cases]);
    expect([failed.code, failed.err]).toEqual([1, '1 of 1 cases failed.']);
    expect(failed.out).toContain('✗ pages are dropped');
  });

  it('are compared in words', async () => {
    const before = file('before.yaml', 'version: 2\nevents:\n  identify: {}\n  page: {}\n');
    const after = file('after.yaml', 'version: 2\nevents:\n  identify: {}\n');
    expect((await run(['blueprint', 'diff', after, before])).out).toBe('page: removed\n');
    expect((await run(['blueprint', 'diff', after, after])).out).toBe('Nothing changed.\n');
  });

  it('are compared with what is installed', async () => {
    const { url } = await installed();
    expect((await run(['blueprint', 'diff', DEFAULT, '--url', url])).out).toBe('Nothing changed.\n');
  });

  it('are published as a revision, or kept as a draft', async () => {
    const { url, store } = await installed();
    const args = ['blueprint', 'apply', DEFAULT, '--summary', 'Same again', '--url', url];
    expect((await run(args)).out).toBe('✓ Published revision 2 of ActiveCampaign.\n');
    expect((await run([...args, '--draft'])).out).toBe('✓ Kept as a draft: revision 3 of ActiveCampaign.\n');
    const [integration] = await store.config.integrations();
    const pinned = await store.config.revision(integration?.revisionId ?? '');
    expect(pinned).toMatchObject({ number: 2, changeSummary: 'Same again' });
  });

  it('are previewed down to the request, sending nothing', async () => {
    const { url, sent } = await installed();
    const event = file('event.json', IDENTIFY);
    const { code, out } = await run(['blueprint', 'preview', DEFAULT, '--event', event, '--url', url]);
    expect(code).toBe(0);
    expect(out).toMatch(/Person +jane@example\.com/);
    expect(out).toMatch(/Consent +granted \(needs marketing; marketing: true\)/);
    expect(out).toContain('POST https://your-account.api-us1.com/api/3/contact/sync');
    expect(out).not.toContain(API_KEY);
    expect(sent).toEqual([]);
  });

  it('ask which integration is meant when there are several', async () => {
    const { url } = await installed();
    await run(['install', 'activecampaign', '--config', CONFIG, '--name', 'Second', '--url', url]);
    const { code, err } = await run(['blueprint', 'diff', DEFAULT, '--url', url]);
    expect([code, err]).toEqual([1, expect.stringContaining('Choose one with --integration')]);
    const named = await run(['blueprint', 'diff', DEFAULT, '--integration', 'Second', '--url', url]);
    expect(named.out).toBe('Nothing changed.\n');
    const other = await run(['blueprint', 'diff', DEFAULT, '--integration', 'Third', '--url', url]);
    expect(other.err).toContain('There is no integration "Third"');
  });
});
