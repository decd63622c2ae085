/** Takes secrets and addresses out of text that people and logs will see. It must not know which settings are secret. */

export const MASK = '***';
/** Shorter secrets would mask half of every text; no real key is that short. */
const MIN_SECRET_LENGTH = 3;

/** Gives a function that replaces every form in which one of the secrets may occur: as is, in a URL, in a form, in JSON. */
export function createMasker(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    for (const form of [
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      new URLSearchParams([['', secret]]).toString().slice(1),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
    ]) {
      forms.add(form);
    }
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

const ADDRESS = /[^\s"'<>,;:=&?]{1,64}(?:@|%40)[^\s"'<>,;:=&?]{1,255}/g;

/** Replaces what looks like an e-mail address. */
export function maskAddresses(text: string): string {
  return text.replaceAll(ADDRESS, '‹address›');
}
