/** Consent: reading it from an event, and judging it. It must not know where decisions are kept. */
import { isObject, own, put } from './json.ts';

/** Category → granted. A category that is not there is not decided. */
export type ConsentChoices = Readonly<Record<string, boolean>>;

/** One person's newest decision on one category. `atMs` is the corrected time of the event that said it. */
export interface ConsentDecision {
  readonly granted: boolean;
  readonly atMs: number;
}

export type ConsentJudgement = 'granted' | 'denied' | 'unknown';

/** Codes of a consent platform → canonical category; part of a pipeline's configuration. */
export type ConsentCodeMap = Readonly<Record<string, string>>;

/**
 * Reads the first form present in `context.consent`: `canonical`, flat booleans, `categoryPreferences` (Segment),
 * `categories` (the platform's own codes, through the map). Several codes of one category are OR-merged.
 * Undefined: the event says nothing. Values that are not booleans say nothing.
 */
export function readConsent(context: unknown, codeMap: ConsentCodeMap = {}): ConsentChoices | undefined {
  const consent = own(context, 'consent');
  if (!isObject(consent)) return undefined;
  return (
    choices(consent['canonical'], NO_CODES) ??
    choices(flatOf(consent), NO_CODES) ??
    choices(consent['categoryPreferences'], codeMap) ??
    choices(consent['categories'], codeMap)
  );
}

function flatOf(consent: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(consent).filter(([, value]) => typeof value === 'boolean'));
}

const NO_CODES: ConsentCodeMap = {};

function choices(form: unknown, codeMap: ConsentCodeMap): ConsentChoices | undefined {
  if (!isObject(form)) return undefined;
  let found: Record<string, boolean> | undefined;
  for (const code of Object.keys(form)) {
    const value = form[code];
    if (typeof value !== 'boolean') continue;
    const category = Object.hasOwn(codeMap, code) ? (codeMap[code] ?? code) : code;
    found ??= {};
    put(found, category, value || (Object.hasOwn(found, category) && found[category] === true));
  }
  return found;
}

/** All of the needed categories must be granted. One refusal is denied; otherwise one that is not decided is unknown. */
export function judgeConsent(
  choicesMade: ConsentChoices | undefined,
  needed: readonly string[],
): ConsentJudgement {
  let judgement: ConsentJudgement = 'granted';
  for (const category of needed) {
    if (category === 'essential') continue;
    const value =
      choicesMade !== undefined && Object.hasOwn(choicesMade, category) ? choicesMade[category] : undefined;
    if (value === false) return 'denied';
    if (value === undefined) judgement = 'unknown';
  }
  return judgement;
}

/** The newer of two decisions on one category; a refusal wins a tie. */
export function newerDecision(a: ConsentDecision | undefined, b: ConsentDecision): ConsentDecision {
  if (a === undefined || b.atMs > a.atMs) return b;
  if (b.atMs === a.atMs && !b.granted) return b;
  return a;
}

/** The newest decision per category over everything known of one person. */
export function newestChoices(sources: Iterable<Readonly<Record<string, ConsentDecision>>>): ConsentChoices {
  const newest: Record<string, ConsentDecision> = {};
  const choicesMade: Record<string, boolean> = {};
  for (const source of sources) {
    for (const category of Object.keys(source)) {
      const decision = source[category];
      if (decision === undefined) continue;
      const known = Object.hasOwn(newest, category) ? newest[category] : undefined;
      const kept = newerDecision(known, decision);
      if (kept === known) continue;
      put(newest, category, kept);
      put(choicesMade, category, kept.granted);
    }
  }
  return choicesMade;
}
