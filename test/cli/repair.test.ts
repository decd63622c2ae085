/** `signal dead`, `signal replay` and `signal contacts`, against a listening management API with a running replayer. */
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { systemClock } from '../../src/clock.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import { Failure } from '../../src/event/failure.ts';
import { Replayer } from '../../src/processing/replayer.ts';
import { createRevisionCompiler } from '../../src/runtime/revision-compiler.ts';
import {
  at,
  type Fixture,
  INSTALL,
  INSTALL_PATH,
  START_MS,
  startManagement,
  TOKEN,
} from '../server/management/fixture.ts';

const compiler = createRevisionCompiler(new Map([['activecampaign', compileDestination(activecampaign)]]));

async function run(url: string, ...args: readonly string[]) {
  const out: string[] = [];
  const unused = async (): Promise<void> => {};
  const program = buildProgram(
    { version: '0', serve: unused, sandbox: unused, start: unused },
    {
      environment: { ADMIN_TOKEN: TOKEN },
      out: (text) => void out.push(text),
      err: (text) => void out.push(text),
      isTerminal: false,
      columns: undefined,
      now: () => START_MS + 12_000,
      exit: (code) => {
        throw new Failure('INVALID_REQUEST', `exit ${code}`);
      },
      ending: new AbortController().signal,
    },
  );
  try {
    await program.parseAsync(['node', 'signal', ...args, '--url', url]);
    return { code: 0, out: out.join('') };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { code: 1, out: out.join('') + error.message };
  }
}

/** Two deliveries that died. */
async function withDead() {
  const fixture = await startManagement();
  await fixture.ask('POST', INSTALL_PATH, INSTALL);
  await fixture.receive(
    ...['ann', 'bob'].map((user) => ({
      type: 'identify',
      messageId: user,
      userId: user,
      traits: { email: `${user}@example.com` },
      context: { consent: { marketing: true } },
    })),
  );
  await fixture.settle(({ id }) => ({ id, to: 'dead', code: 'REJECTED', message: 'It was refused.' }));
  return listening(fixture);
}

/** With a replayer, at a port of its own. */
async function listening(fixture: Fixture) {
  await fixture.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = fixture.app.server.address() as AddressInfo;
  const { store } = fixture;
  const replayer = new Replayer({
    store,
    compiler,
    clock: systemClock,
    limits: { stepJobs: 10, bytes: 1e6, pollMs: 5, retryMs: 5 },
    onError: (error) => {
      throw error;
    },
  });
  return { ...fixture, replayer, url: `http://127.0.0.1:${port}` };
}

describe('dead letters', () => {
  it('are listed with code and sentence, and filtered', async () => {
    const { url } = await withDead();
    const { out } = await run(url, 'dead', 'list');
    expect(out).toMatch(/^ID +SINCE +STATE +ACTION +CONTACT +TRIES +CODE +REASON\n/);
    expect(out).toMatch(
      /dlv_2 +12 s ago +dead +syncContact +bob@example\.com +1 +REJECTED +It was refused\./,
    );
    const { out: json } = await run(url, 'dead', 'list', '--email', 'ann@example.com', '--json');
    expect(JSON.parse(json)).toMatchObject([{ id: 'dlv_1', code: 'REJECTED' }]);
    expect((await run(url, 'dead', 'list', '--status', 'held')).out).toBe('No dead letters.\n');
  });

  it('are estimated, sent again with progress to the end, and shown as a replay', async () => {
    const { url, replayer } = await withDead();
    expect((await run(url, 'dead', 'replay', '--all', '--estimate')).out).toMatch(
      /^2 deliveries, about 1 s at the account’s limit\.\n$/,
    );
    replayer.start();
    const { out, code } = await run(url, 'dead', 'replay', 'dlv_1', '--mapping', 'current');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^rpl_\w+ {2}done: 1 of 1 put back, 0 passed over\.\n$/),
    ]);
    const all = await run(url, 'dead', 'replay', '--all', '--json');
    await replayer.stop();
    const replay = JSON.parse(all.out);
    expect(replay).toMatchObject({ state: 'done', total: 1, done: 1 });
    expect((await run(url, 'replay', 'list')).out).toMatch(
      /rpl_\w+ +.* +done +deliveries +as_mapped +1 +1 +0\n/,
    );
    expect((await run(url, 'replay', 'show', replay.id)).out).toContain('done: 1 of 1');
  });

  it('are told of when they were named and cannot be sent again', async () => {
    const { url } = await withDead();
    const args = ['dead', 'replay', 'dlv_1', 'dlv_1', 'dlv_404'];
    for (const option of ['--estimate', '--no-wait'])
      expect((await run(url, ...args, option)).out).toMatch(/^1 of the 2 named cannot be sent again: /);
    expect((await run(url, 'dead', 'replay', 'dlv_2', '--estimate')).out).toMatch(/^1 delivery, /);
  });

  it('are sent again only when it is said which', async () => {
    const { url, store } = await withDead();
    for (const args of [[], ['dlv_1', '--all'], ['--all', '--code', 'REJECTED']]) {
      const { code, out } = await run(url, 'dead', 'replay', ...args);
      expect([code, out]).toEqual([1, expect.stringContaining('one of the three')]);
    }
    expect((await run(url, 'dead', 'replay', '--all', '--mapping', 'mine')).code).toBe(1);
    expect((await store.replays.list(10)).data).toEqual([]);
  });

  it('a replay can be cancelled', async () => {
    const { url } = await withDead();
    const { out } = await run(url, 'dead', 'replay', '--all', '--no-wait');
    expect(out).toContain('running: 0 of 2');
    const [id = ''] = out.split(' ');
    expect((await run(url, 'replay', 'cancel', id)).out).toContain('cancelled: 0 of 2');
    expect((await run(url, 'replay', 'cancel', 'rpl_none')).code).toBe(1);
  });
});

describe('refused events', () => {
  const blueprint = (source: string) => ({
    version: 2,
    events: { identify: { mappings: [{ source, target: 'firstName', required: true }] } },
  });

  async function withRefused() {
    const fixture = await startManagement();
    const { body } = await fixture.ask('POST', INSTALL_PATH, {
      ...INSTALL,
      variant: undefined,
      blueprint: blueprint('traits.forename'),
    });
    const people = ['ann', 'bob'].map((user) => ({
      type: 'identify',
      messageId: user,
      userId: user,
      traits: { email: `${user}@example.com`, first_name: user },
      context: { consent: { marketing: true } },
    }));
    await fixture.receive(...people);
    const path = `/integration-templates/${at(body, 'template', 'id')}/revisions`;
    await fixture.ask('POST', path, {
      blueprint: blueprint('traits.first_name'),
      change_summary: 'Mended.',
    });
    return listening(fixture);
  }

  it('are estimated, sent once the blueprint is mended, and shown as a replay', async () => {
    const { url, replayer, store } = await withRefused();
    expect((await run(url, 'events', 'replay', '--all', '--estimate')).out).toBe(
      '2 events, about 1 s at the account’s limit.\n',
    );
    const named = await run(url, 'events', 'replay', 'evt_1', 'evt_9', '--estimate');
    expect(named.out).toMatch(/^1 of the 2 named cannot be sent again: .*\n1 event, /);
    replayer.start();
    const { code, out } = await run(url, 'events', 'replay', '--email', 'ann@example.com');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^rpl_\w+ {2}done: 1 of 1 mapped anew, 0 passed over\.\n$/),
    ]);
    await run(url, 'events', 'replay', '--all');
    await replayer.stop();
    expect((await run(url, 'replay', 'list')).out).toMatch(/rpl_\w+ +.* +done +events +current +1 +1 +0\n/);
    expect((await store.reads.deliveries({}, 10)).data.map(({ contacts }) => contacts)).toEqual([
      ['bob@example.com'],
      ['ann@example.com'],
    ]);
  });

  it.each([
    [['--status', 'invalid'], 2],
    [['--status', 'skipped,dropped'], 0],
    [['--integration', 'pi_none'], 0],
    [['--event', 'Order Completed'], 0],
    [['--code', 'PAYLOAD_INVALID'], 2],
    [['--code', 'NO_EMAIL'], 0],
    [['--since', '2100-01-01'], 0],
  ])('are chosen by %j', async (filter, count) => {
    const { url } = await withRefused();
    const { out } = await run(url, 'events', 'replay', ...filter, '--estimate', '--json');
    expect(JSON.parse(out)).toMatchObject({ count });
  });

  it('are sent only when it is said which, and what is wrong is said', async () => {
    const { url } = await withRefused();
    expect((await run(url, 'events', 'replay')).out).toContain('Name events by id');
    const { code, out } = await run(url, 'events', 'replay', '--status', 'delivered');
    expect([code, out]).toEqual([1, expect.stringContaining('invalid, mapped, skipped, expired, dropped')]);
  });
});

describe('contacts delete', () => {
  it('prints the receipt and what the vendor did', async () => {
    const { url, settle, store } = await withDead();
    const deleting = run(url, 'contacts', 'delete', 'ann@example.com');
    await expect
      .poll(async () => (await store.reads.deliveries({ status: ['waiting'] }, 5)).data.length)
      .toBe(1);
    await settle(({ id }) => ({ id, to: 'delivered', code: 'DELIVERED' }));
    const { code, out } = await deleting;
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Erased 1 event, 1 delivery, 2 decisions of ann@example\.com, ann\. Receipt ers_\w+\.\n/,
    );
    expect(out).toMatch(/tmpl_\S+ {2}contact deleted\n$/);
  });

  it('fails with what to do when the vendor refuses', async () => {
    const { url, settle, store } = await withDead();
    const deleting = run(url, 'contacts', 'delete', 'ann@example.com');
    await expect
      .poll(async () => (await store.reads.deliveries({ status: ['waiting'] }, 5)).data.length)
      .toBe(1);
    await settle(({ id }) => ({ id, to: 'dead', code: 'REJECTED', message: 'No.' }));
    const { code, out } = await deleting;
    expect([code, out]).toEqual([1, expect.stringContaining('signal dead replay')]);
  });

  it('says what is no address', async () => {
    const { url } = await withDead();
    expect((await run(url, 'contacts', 'delete', 'ann')).out).toContain('email: must be an e-mail address');
  });
});
