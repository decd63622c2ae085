/** A recorded request as a command for a terminal, with a name in place of every secret. It must not know any vendor. */

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the service puts in place of secrets. */
const MASK = '***';
/** Headers that curl makes itself. */
const OWN_HEADERS = new Set(['host', 'connection', 'content-length', 'accept-encoding', 'transfer-encoding']);

/** Masked values become `YOUR_API_TOKEN` and the like, after the header or parameter that they stand in. */
export function curlOf({ method, url, headers = {}, body }: RecordedRequest): string {
  const lines = [`curl -X ${method} ${quoted(named(url))}`];
  for (const [name, value] of Object.entries(headers)) {
    if (OWN_HEADERS.has(name.toLowerCase())) continue;
    lines.push(`-H ${quoted(`${name}: ${value.replaceAll(MASK, placeholder(name))}`)}`);
  }
  if (body !== undefined && body !== '') lines.push(`--data-raw ${quoted(named(body))}`);
  return lines.join(' \\\n  ');
}

/** `key=***` → `key=YOUR_KEY`, `"key":"***"` → `"key":"YOUR_KEY"`. */
function named(text: string): string {
  return text
    .replaceAll(/([\w-]+)=\*\*\*/g, (_whole, name: string) => `${name}=${placeholder(name)}`)
    .replaceAll(
      /"([\w-]+)"(\s*:\s*)"\*\*\*"/g,
      (_whole, name: string, colon: string) => `"${name}"${colon}"${placeholder(name)}"`,
    )
    .replaceAll(MASK, 'YOUR_SECRET');
}

function placeholder(name: string): string {
  return `YOUR_${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}`;
}

/** For a POSIX shell: nothing in it is expanded. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
