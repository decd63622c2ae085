/** Turns what a consent platform says into decisions. It must not know how events are sent. */
import type { BrowserOptions, ReportConsent } from '../browser/client.ts';
import { type Categories, completeConsent } from '../wire.ts';
import { PLATFORMS } from './platforms.ts';

type CodeMap = NonNullable<BrowserOptions['consentMap']>;

/** The categories that the codes grant. Of several entries of the map for one category any is enough; `a+b` needs both codes. */
export function grantedBy(codes: Categories, map: CodeMap): Categories {
  const granted: Record<string, boolean> = {};
  for (const [needed, categories] of Object.entries(map)) {
    if (!needed.split('+').every((code) => codes[code] === true)) continue;
    for (const category of [categories].flat()) granted[category] = true;
  }
  return granted;
}

/** Codes that are called as a category is stand for it, unless the map says otherwise. */
const SAME: CodeMap = {
  functional: 'functional',
  analytics: 'analytics',
  marketing: 'marketing',
  personalization: 'personalization',
};

/** Reports the platform's state and every change of it. What an unanswered dialogue assumes counts if it grants something. */
export function follow({ consent, consentMap }: BrowserOptions, report: ReportConsent): void {
  const platform = consent && PLATFORMS[consent];
  if (!platform) {
    console.warn(
      `datafly: consent platform "${consent}" is unknown; use one of ${Object.keys(PLATFORMS).join(', ')}`,
    );
    return;
  }
  platform.follow((codes, isAnswered) => {
    const granted = grantedBy(codes, { ...SAME, ...platform.map, ...consentMap });
    const isSaying = isAnswered || Object.keys(granted).some((category) => category !== 'essential');
    report(completeConsent(codes, granted), isSaying);
  });
}
