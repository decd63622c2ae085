/** Chooses the adapter of the consent platform in use. */
import type { BrowserOptions } from '../browser/client.ts';
import type { Consent } from '../wire.ts';
export function follow(_options: BrowserOptions, _report: (decision: Consent) => void): void {}
