/** What holds now of all that a person decided under their several ids. It must not know how it is shown. */
import type { ConsentEntry } from '../../api/answers.ts';

/** The newest decision of each category, refusal winning a tie; categories in their alphabet. */
export function presentChoices(entries: readonly ConsentEntry[]): readonly ConsentEntry[] {
  const newest = new Map<string, ConsentEntry>();
  for (const entry of entries) {
    const known = newest.get(entry.category);
    if (known === undefined || isNewer(entry, known)) newest.set(entry.category, entry);
  }
  return [...newest.values()].sort((a, b) => a.category.localeCompare(b.category));
}

function isNewer(entry: ConsentEntry, known: ConsentEntry): boolean {
  const distance = Date.parse(entry.at) - Date.parse(known.at);
  return distance > 0 || (distance === 0 && !entry.granted);
}
