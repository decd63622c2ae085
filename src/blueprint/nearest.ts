/** The nearest right name, for sentences that end in "did you mean …?". It must not know what is named. */

/** Longer names are no slips of a finger, and comparing them would take long. */
const MAX_NAME_LENGTH = 200;

/** The known name with the fewest typing mistakes to the given one, if it is near enough to be what was meant. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined;
  const plain = foldName(name);
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    if (candidate === name || Math.abs(candidate.length - name.length) >= fewest + 2) continue;
    const folded = foldName(candidate);
    const mistakes = folded === plain ? 0 : distance(plain, folded);
    if (mistakes < fewest) {
      fewest = mistakes;
      best = candidate;
    }
  }
  return best;
}

/** The known name that the given one is a slip of the finger away from: stricter than `nearest`, for names that nobody keeps a list of. */
export function slipOf(name: string, known: Iterable<string>): string | undefined {
  const found = nearest(name, known);
  if (found === undefined) return undefined;
  const allowed = Math.min(2, Math.floor(foldName(name).length / 4));
  return distance(foldName(name), foldName(found)) <= allowed ? found : undefined;
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const found = nearest(name, known);
  return found === undefined ? '' : ` Did you mean "${found}"?`;
}

/** Without the spelling differences that are no mistake of typing: letter case, spaces, underscores, dashes. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours between two names. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (beforeLast[j - 2] ?? least) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
