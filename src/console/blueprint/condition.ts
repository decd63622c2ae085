/** Conditions that fit into rows of field, comparison, value; everything else stays text. It must not know how conditions are judged. */

export const COMPARISONS = [
  { key: '=', label: 'is', hasValue: true },
  { key: '!=', label: 'is not', hasValue: true },
  { key: '>', label: 'is more than', hasValue: true },
  { key: '>=', label: 'is at least', hasValue: true },
  { key: '<', label: 'is less than', hasValue: true },
  { key: '<=', label: 'is at most', hasValue: true },
  { key: 'contains', label: 'contains', hasValue: true },
  { key: 'not contains', label: 'does not contain', hasValue: true },
  { key: 'exists', label: 'is there', hasValue: false },
  { key: 'not exists', label: 'is not there', hasValue: false },
] as const;

export type ComparisonKey = (typeof COMPARISONS)[number]['key'];

export interface Clause {
  readonly path: string;
  readonly comparison: ComparisonKey;
  readonly value: string;
}

const PATH = String.raw`[A-Za-z][\w.\\-]*`;
const VALUE = String.raw`"[^"]*"|'[^']*'|-?\d+(?:\.\d+)?|true|false|null`;
const COMPARED = new RegExp(`^(${PATH})\\s*(!=|>=|<=|=|>|<)\\s*(${VALUE})$`);
const CONTAINED = new RegExp(`^(!?)\\s*contains\\(\\s*(${PATH})\\s*,\\s*("[^"]*"|'[^']*')\\s*\\)$`);

/** The rows of a condition whose parts are all joined by "and"; undefined when it says more than rows can. */
export function readCondition(text: string): readonly Clause[] | undefined {
  if (text.trim() === '') return [];
  const clauses: Clause[] = [];
  for (const part of splitAnd(text)) {
    const clause = readClause(part.trim());
    if (clause === undefined) return undefined;
    clauses.push(clause);
  }
  return clauses;
}

/** Cuts at "and" outside of quotes. */
function splitAnd(text: string): readonly string[] {
  const parts: string[] = [''];
  for (const piece of text.split(/("[^"]*"|'[^']*')/)) {
    if (/^["']/.test(piece)) {
      parts.push((parts.pop() ?? '') + piece);
      continue;
    }
    const [first = '', ...rest] = piece.split(/\band\b/);
    parts.push((parts.pop() ?? '') + first, ...rest);
  }
  return parts;
}

function readClause(text: string): Clause | undefined {
  const contained = CONTAINED.exec(text);
  if (contained !== null) {
    const [, negation, path = '', value = ''] = contained;
    return { path, comparison: negation === '!' ? 'not contains' : 'contains', value: value.slice(1, -1) };
  }
  const compared = COMPARED.exec(text);
  if (compared === null) return undefined;
  const [, path = '', operator = '', value = ''] = compared;
  if (value === 'null') {
    return { path, comparison: operator === '=' ? 'not exists' : 'exists', value: '' };
  }
  const comparison = COMPARISONS.find(({ key }) => key === operator);
  if (comparison === undefined) return undefined;
  const isQuoted = /^["']/.test(value);
  // A quoted text that looks like a number must keep its quotes, and rows have none to show.
  if (isQuoted && readsAsBare(value.slice(1, -1))) return undefined;
  return { path, comparison: comparison.key, value: isQuoted ? value.slice(1, -1) : value };
}

const readsAsBare = (value: string): boolean => /^(-?\d+(\.\d+)?|true|false|null)$/.test(value);

/** The text of the rows; reading it again gives the same rows. */
export function printCondition(clauses: readonly Clause[]): string {
  return clauses
    .filter(({ path }) => path.trim() !== '')
    .map(({ path, comparison, value }) => {
      switch (comparison) {
        case 'exists':
          return `${path} != null`;
        case 'not exists':
          return `${path} = null`;
        case 'contains':
          return `contains(${path}, ${quoted(value)})`;
        case 'not contains':
          return `!contains(${path}, ${quoted(value)})`;
        default:
          return `${path} ${comparison} ${readsAsBare(value) ? value : quoted(value)}`;
      }
    })
    .join(' and ');
}

/** A text with both kinds of quotes cannot be written; the double ones give way. */
function quoted(value: string): string {
  if (!value.includes('"')) return `"${value}"`;
  return value.includes("'") ? `"${value.replaceAll('"', '')}"` : `'${value}'`;
}
