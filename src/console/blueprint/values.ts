/** Constants as people type them: what reads as a number, a truth value, a list or an object is one; everything else is text. It must not know where they stand. */
import type { JsonValue } from '../api/answers.ts';

/** A text in quotes is that text, also when it would read as something else. */
export function valueOfText(text: string): JsonValue {
  if (!/^\s*([[{]|"(?:[^"\\]|\\.)*"\s*$|-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$|(true|false|null)\s*$)/.test(text))
    return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** What `valueOfText` reads as the same value. */
export function textOfValue(value: JsonValue): string {
  return typeof value === 'string' && valueOfText(value) === value ? value : JSON.stringify(value);
}
