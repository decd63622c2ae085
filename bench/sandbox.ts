/**
 * How fast a simulated account of 100,000 contacts is seeded and read to its end: by id, by one list, and as one view.
 * The account runs in a process of its own, so that the memory told is its own.
 * Run with `npx tsx bench/sandbox.ts [contacts]`. Aim: 1,000 pages a minute or more, 500 MB or less.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { startSandbox } from '../src/sandbox/index.ts';

const AIM_PAGES_PER_MINUTE = 1_000;

interface Page {
  readonly contacts: readonly { readonly id: string }[];
  readonly meta: { readonly total: string };
}

if (process.argv[2] === 'account') await serve();
else await measure(Number(process.argv[2] ?? 100_000));

/** The account's side: tells its address and lives until the parent goes. */
async function serve(): Promise<void> {
  const sandbox = await startSandbox({ settings: { rate_limit_per_second: 0 } });
  process.once('disconnect', () => void sandbox.close());
  process.send?.(sandbox.url);
}

async function measure(contacts: number): Promise<void> {
  const account = fork(fileURLToPath(import.meta.url), ['account']);
  const url = await new Promise<string>((resolve) =>
    account.once('message', (message) => resolve(String(message))),
  );
  const body = JSON.stringify({ contacts, sample: true });
  report(`seeding ${contacts} contacts`, await seconds(() => post(`${url}/_sandbox/seed`, body)));
  await readAll(url, 'by id_greater', 'orders[id]=ASC');
  report('memory of the account so far, at most', highestMemory(account));
  await readAll(
    url,
    'one list with its memberships',
    'listid=1&status=-1&orders[id]=ASC&include=contactLists',
  );
  report('the whole account as one view', await seconds(() => read(`${url}/_sandbox/account`)));
  report('the overview of the page', await seconds(() => read(`${url}/_sandbox/overview`)));
  report('memory of the account, at most', highestMemory(account));
  account.disconnect();
}

/** Reads 100 a page until none is left, and says so where one was missed. */
async function readAll(url: string, name: string, query: string): Promise<void> {
  const start = performance.now();
  let [after, pages, count, total] = [0, 0, 0, 0];
  for (;;) {
    const page = parsed(await read(`${url}/api/3/contacts?limit=100&id_greater=${after}&${query}`));
    if (pages === 0) total = Number(page.meta.total);
    if (page.contacts.length === 0) break;
    pages += 1;
    count += page.contacts.length;
    after = Number(page.contacts.at(-1)?.id);
  }
  const perMinute = Math.round((pages / (performance.now() - start)) * 60_000);
  const ratio = (perMinute / AIM_PAGES_PER_MINUTE).toFixed(1);
  report(
    name,
    `${count} of ${total} contacts, ${pages} pages, ${perMinute} pages a minute, ${ratio} times the aim`,
  );
}

async function read(url: string): Promise<unknown> {
  const answer = await request(url, { headers: { 'api-token': 'sandbox-key' } });
  return answer.body.json();
}

async function post(url: string, body: string): Promise<void> {
  const answer = await request(url, { method: 'POST', body });
  await answer.body.dump();
}

function parsed(body: unknown): Page {
  return body as Page;
}

async function seconds(run: () => Promise<unknown>): Promise<string> {
  const start = performance.now();
  await run();
  return `${((performance.now() - start) / 1000).toFixed(2)} s`;
}

/** As Linux tells it; elsewhere it is not told. */
function highestMemory({ pid }: ChildProcess): string {
  if (process.platform !== 'linux') return 'not measured here';
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return `${Math.round(Number(kilobytes) / 1024)} MB`;
}

function report(name: string, figure: string): void {
  console.log(`${name}: ${figure}`);
}
