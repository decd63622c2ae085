/** Launches Chromium for browser tests, or says why there is none. It must not know what is tested in it. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const executablePath = [process.env.CHROMIUM_PATH ?? '', ...PATHS].find((path) => path && existsSync(path));

/**
 * False where there is no Chromium: browser tests then skip (`describe.skipIf(!hasChromium)`), with one line that
 * says what to install. With CI=true the missing browser is an error instead.
 */
export const hasChromium: boolean = executablePath !== undefined;

if (!hasChromium) {
  const remedy = 'Chromium was not found: install Debian’s package `chromium`, or name one in CHROMIUM_PATH.';
  if (process.env.CI === 'true') throw new Error(remedy);
  console.warn(`Browser tests are skipped. ${remedy}`);
}

/** How long an action of a page may take: generous, for the machines that run tests are busy. */
const PATIENCE_MS = 120_000;

/** A headless browser. Whoever launches it closes it. */
export function launchChromium(): Promise<Browser> {
  if (executablePath === undefined)
    throw new Error('launchChromium was called although hasChromium is false');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** A window of its own, with cookies and storage of its own, whose pages are patient. */
export async function openContext(
  browser: Browser,
  options?: BrowserContextOptions,
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}
