/** Which conditions ask the sample events for what they do not have, or compare what cannot be equal. It must not know mappings or text. */
import { type Path, readPath } from '../../event/path.ts';
import { FIELDS, type FqlOperator } from '../fql/ast.ts';
import { type FqlCondition, type FqlGroup, parseFql } from '../fql.ts';
import { kindOf } from '../mapping/site.ts';
import type { Draft } from './compile.ts';
import type { Rule } from './document.ts';
import type { Report } from './report.ts';
import { meantBy, samplesFor, TELLING_SAMPLES, written } from './samples.ts';

type Sort = 'a text' | 'a number' | 'true or false';

/** Warns of each comparison that no sample of its rule's event could ever meet. */
export function findInConditions({ document, report }: Draft, samples: readonly unknown[]): void {
  for (const rule of [...document.rules, document.defaults]) {
    if (rule.when === undefined) continue;
    const ast = parseFql(rule.when);
    const own = rule === document.defaults ? samples : samplesFor(rule, document, samples);
    if ('error' in ast || own.length === 0) continue;
    const conditions = conditionsOf(ast);
    const used = new Set(conditions.map((each) => written(pathOf(each))));
    for (const condition of conditions) findDoubtful(condition, rule, own, used, report);
  }
}

function conditionsOf(node: FqlGroup | FqlCondition): readonly FqlCondition[] {
  return node.type === 'group' ? node.children.flatMap(conditionsOf) : [node];
}

function pathOf({ type, name }: FqlCondition): Path {
  const { member } = FIELDS[type];
  return name === undefined ? [member] : [member, ...name.split('.')];
}

function findDoubtful(
  condition: FqlCondition,
  { at }: Rule,
  samples: readonly unknown[],
  used: ReadonlySet<string>,
  report: Report,
): void {
  if (condition.name === undefined) return;
  const path = pathOf(condition);
  const found = samples
    .map((event) => readPath(event, path))
    .filter((value) => value !== undefined && value !== null);
  const sentence =
    found.length === 0
      ? absenceSentence(condition, path, samples, used)
      : mismatchSentence(condition, written(path), found);
  if (sentence !== undefined) report.warn([...at, 'when'], sentence);
}

/** Events leave out what they do not know, and some conditions ask just for that. */
function absenceSentence(
  { operator }: FqlCondition,
  path: Path,
  samples: readonly unknown[],
  used: ReadonlySet<string>,
): string | undefined {
  const meant = meantBy(path, samples, used);
  if (meant !== undefined) return `"${written(path)}" is not in the sample events; did you mean "${meant}"?`;
  if (operator === 'not_exists' || samples.length < TELLING_SAMPLES) return undefined;
  return `"${written(path)}" is in none of the ${samples.length} sample events.`;
}

/** What an operator can hold for; undefined for those that hold for anything. */
const SORTS: Readonly<Record<FqlOperator, Sort | undefined>> = {
  '=': 'a text',
  '!=': 'a text',
  '<': 'a number',
  '<=': 'a number',
  '>': 'a number',
  '>=': 'a number',
  number_equals: 'a number',
  number_not_equals: 'a number',
  contains: 'a text',
  not_contains: 'a text',
  starts_with: 'a text',
  not_starts_with: 'a text',
  ends_with: 'a text',
  not_ends_with: 'a text',
  is_true: 'true or false',
  is_false: 'true or false',
  exists: undefined,
  not_exists: undefined,
};

function mismatchSentence(
  { operator, value }: FqlCondition,
  name: string,
  found: readonly unknown[],
): string | undefined {
  const wanted = typeof value === 'boolean' ? 'true or false' : SORTS[operator];
  const sorts = [...new Set(found.map(sortOf))];
  if (wanted === undefined || sorts.includes(wanted)) return undefined;
  const end = operator === '!=' ? 'always' : 'never';
  return `"${name}" is ${sorts.join(' or ')} in the sample events, and this compares it with ${wanted}, which ${end} holds.${remedy(operator, value, sorts)}`;
}

function sortOf(value: unknown): string {
  if (typeof value === 'string') return 'a text';
  return typeof value === 'boolean' ? 'true or false' : kindOf(value);
}

/** Only quotes tell a text from a number. */
function remedy(operator: FqlOperator, value: FqlCondition['value'], sorts: readonly string[]): string {
  const isEqual = operator.endsWith('equals') || operator === '=' || operator === '!=';
  if (!isEqual || value === undefined || sorts.length !== 1) return '';
  if (sorts[0] === 'a text' && typeof value === 'number') return ` Write "${value}", with quotes.`;
  if (sorts[0] !== 'a number' || typeof value !== 'string' || Number.isNaN(Number(value))) return '';
  return value.trim() === '' ? '' : ` Write ${value}, without quotes.`;
}
