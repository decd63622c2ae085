/** Builds d.js and d-consent.js, the files that pages load. It must not know who serves them. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const SOURCE = dirname(fileURLToPath(import.meta.url));

const OPTIONS: BuildOptions = {
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  // Names between our own modules that are neither public nor of the DOM.
  mangleProps:
    /^(add|after|beacon|changed|decide|emit|flushIntervalMs|groupTraits|isConsentNew|isHeardOf|isRefusing|leave|lock|online|read|remove|shelf|stranger|tab|write)$/,
  // Browsers keep these from one release to the next, so their short names must never change.
  mangleCache: { groupTraits: '_t', isConsentNew: '_n', isHeardOf: '_h', isRefusing: '_r' },
};

/** Writes `outFile` (d.js) and, beside it, d-consent.js, which d.js loads when a consent platform is configured. */
export async function bundleBrowser(outFile: string): Promise<void> {
  const consentFile = join(dirname(outFile), 'd-consent.js');
  await Promise.all([
    build({ ...OPTIONS, entryPoints: [join(SOURCE, 'browser/tag.ts')], outfile: outFile }),
    build({ ...OPTIONS, entryPoints: [join(SOURCE, 'consent/tag.ts')], outfile: consentFile }),
  ]);
}

const [, called, outFile] = process.argv;
if (called && outFile && import.meta.url === pathToFileURL(called).href) await bundleBrowser(outFile);
