/** The built console in a real browser, served by the running service beside a simulated account. It must not know what is tested. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, openContext } from '../chromium.ts';
import { type Service, startService } from '../e2e/harness.ts';

export interface OpenOptions {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** The page may only be used by its keys: a pointer is trouble. */
  readonly keysOnly?: boolean;
  /** The page's timers can be made to fire before their time, by `page.clock`. */
  readonly clock?: boolean;
}

export interface Stage {
  readonly service: Service;
  /** A signed-in page at a path of the console. */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** What no page may ever cause: script errors, violations of the content security policy, dialogs. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  // The service must come back at the same address after a restart, as a real one does.
  const service = await startService({ ADMIN_PORT: String(await freePort()) });
  const browser = await launchChromium();
  const troubles: string[] = [];
  return {
    service,
    troubles,
    open: (path, options) => openPage(browser, service, path, options ?? {}, troubles),
    close: async () => {
      await browser.close();
      await service.close();
    },
  };
}

const POINTER = 'A pointer was used.';
const TROUBLE = new RegExp(`Content Security Policy|TrustedHTML|TrustedScript|${POINTER}`);

async function openPage(
  browser: Browser,
  service: Service,
  path: string,
  { theme = 'light', width = 1280, height = 800, keysOnly = false, clock = false }: OpenOptions,
  troubles: string[],
): Promise<Page> {
  const context = await openContext(browser, {
    colorScheme: theme,
    // Nothing is looked at while it is still moving.
    reducedMotion: 'reduce',
    viewport: { width, height },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  if (clock) await page.clock.install();
  if (keysOnly)
    await page.addInitScript(`addEventListener('pointerdown', () => console.error('${POINTER}'))`);
  page.on('pageerror', (error) => troubles.push(`${path}: ${error.message}`));
  page.on('dialog', (dialog) => {
    troubles.push(`${path}: a dialog said ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (TROUBLE.test(message.text())) troubles.push(`${path}: ${message.text()}`);
  });
  await page.goto(`${service.adminUrl}${path}#token=${service.secrets.adminToken}`);
  return page;
}

/** The account refuses the next `times` syncs of a contact, as it refuses a bad one. */
export function refuseContacts(stage: Stage, times: number): void {
  stage.service.sandbox.faults([
    {
      path: '/api/3/contact/sync',
      times,
      respond: { status: 422, body: { errors: [{ title: 'Refused for the test' }] } },
    },
  ]);
}

/** Goes to another address of the console as a link does, without loading it anew. */
export async function moveTo(page: Page, path: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong on the page as it stands: rule, and the elements. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe);
  const found: unknown =
    await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html, any }) => html.slice(0, 160) + ' ' + (any[0]?.message ?? '')).join(' | ')))`);
  return Array.isArray(found) ? found.map(String) : [];
}

/** How many pixels the page is wider than the window. */
export async function overflowOf(page: Page): Promise<number> {
  return Number(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'));
}

/** Keeps a picture of the page for people to look at; where, is said by CONSOLE_PICTURES. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['CONSOLE_PICTURES'] ?? 'node_modules/.cache/console-pictures';
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

export const AGREED = { consent: { marketing: true } };

/** An event of a known person, as a client sends it. */
export function eventOf(name: string, person: string, properties: object = {}): object {
  return {
    type: 'track',
    event: name,
    userId: `u-${person}`,
    messageId: `${name}-${person}-${Math.random()}`,
    timestamp: new Date().toISOString(),
    properties,
    context: { ...AGREED, traits: { email: `${person}@example.com` } },
  };
}

export function identifyOf(person: string, traits: object = {}): object {
  return {
    type: 'identify',
    userId: `u-${person}`,
    messageId: `identify-${person}-${Math.random()}`,
    timestamp: new Date().toISOString(),
    traits: { email: `${person}@example.com`, first_name: person, ...traits },
    context: AGREED,
  };
}
