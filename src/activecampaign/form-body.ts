/**
 * Reads a form into fields under their bracketed names, as sent. Nothing is nested, so that no name which a sender chooses
 * ever becomes a member of an object. It must not know what any field means.
 */

/** Bracketed name → its values in the order of sending. */
export type Form = ReadonlyMap<string, readonly string[]>;

/** What comes behind these is not looked at; the largest message that is documented has some fifty. */
const MAX_FIELDS = 1_000;

/** Reads `application/x-www-form-urlencoded`; what is no pair counts for nothing, and no text is an error. */
export function parseForm(body: string): Form {
  const form = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(firstFields(body))) {
    const values = form.get(name);
    if (values === undefined) form.set(name, [value]);
    else values.push(value);
  }
  return form;
}

function firstFields(body: string): string {
  let end = -1;
  for (let fields = 0; fields < MAX_FIELDS; fields++) {
    end = body.indexOf('&', end + 1);
    if (end === -1) return body;
  }
  return body.slice(0, end);
}

/** The last value of the first of these fields that has one which is not blank, trimmed; the last is what PHP would take. */
export function textOf(form: Form, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = form.get(name)?.at(-1)?.trim();
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}
