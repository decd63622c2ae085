/** Reads the error texts out of an answer, whatever envelope they are in. It must not know any vendor's endpoints. */
import { isObject, own } from '../event/json.ts';

const MAX_ERRORS = 5;
const TEXT_KEYS = ['title', 'detail', 'code', 'message', 'error', 'failureReason', 'result_message'] as const;

/** `errors` (list or text), `message`, `error`, `failureReasons` of a JSON body as one line; '' for anything else. */
export function errorTexts(body: string): string {
  const parsed = parse(body);
  if (!isObject(parsed)) return '';
  const found: string[] = [...textsOf(parsed)];
  for (const key of ['errors', 'failureReasons'] as const) {
    const list = own(parsed, key);
    if (typeof list === 'string') found.push(list);
    if (Array.isArray(list)) {
      for (const item of list.slice(0, MAX_ERRORS))
        found.push(typeof item === 'string' ? item : textsOf(item).join(' '));
    }
  }
  return [...new Set(found)].filter((text) => text !== '').join('; ');
}

function textsOf(value: unknown): string[] {
  return TEXT_KEYS.flatMap((key) => {
    const text = own(value, key);
    return typeof text === 'string' && text !== '' ? [text] : [];
  });
}

function parse(body: string): unknown {
  if (!/^\s*\{/.test(body)) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
