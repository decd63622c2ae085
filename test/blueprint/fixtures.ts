/** Reading the example files of this room. It must not know what they prove. */
import { readFileSync } from 'node:fs';

/** The examples of a file with one JSON object a line. */
export function examples(name: string): Record<string, unknown>[] {
  const text = readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
