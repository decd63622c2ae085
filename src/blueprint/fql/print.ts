/** From tree to trigger text in its normal form. It must not know how an event is matched. */
import { Failure } from '../../event/failure.ts';
import { FIELDS, type FqlAst, type FqlCondition, type FqlGroup, hasPath } from './ast.ts';

/** The text of a tree; parsing it again gives the same tree. Throws the stored error of an error tree. */
export function generateFql(ast: FqlAst): string {
  if ('error' in ast) throw ast.error;
  const [only] = ast.children;
  if (ast.children.length === 1 && only?.type === 'group') return generateFql(only);
  return printGroup(ast);
}

function printGroup({ operator, children }: FqlGroup): string {
  const texts = children.map((child) =>
    child.type === 'group' ? `(${printGroup(child)})` : printCondition(child),
  );
  return texts.join(` ${operator} `);
}

function printCondition(condition: FqlCondition): string {
  const field = printField(condition);
  const { operator, value = '' } = condition;
  switch (operator) {
    case 'exists':
      return `${field} != null`;
    case 'not_exists':
      return `${field} = null`;
    case 'is_true':
      return `${field} = true`;
    case 'is_false':
      return `${field} = false`;
    case 'contains':
      return `contains(${field}, ${printText(String(value))})`;
    case 'not_contains':
      return `!contains(${field}, ${printText(String(value))})`;
    case 'starts_with':
      return `match(${field}, ${printPattern(value, '', '*')})`;
    case 'not_starts_with':
      return `!match(${field}, ${printPattern(value, '', '*')})`;
    case 'ends_with':
      return `match(${field}, ${printPattern(value, '*', '')})`;
    case 'not_ends_with':
      return `!match(${field}, ${printPattern(value, '*', '')})`;
    case 'number_equals':
      return `${field} = ${printNumber(value)}`;
    case 'number_not_equals':
      return `${field} != ${printNumber(value)}`;
    case '=':
    case '!=':
      return `${field} ${operator} ${typeof value === 'string' ? printText(value) : String(value)}`;
    default:
      return `${field} ${operator} ${printNumber(value)}`;
  }
}

function printField({ type, name }: FqlCondition): string {
  const { word } = FIELDS[type];
  if (!hasPath(type)) return word;
  return `${word}.${(name ?? '').replace(/[^A-Za-z0-9._-]/gu, '\\$&')}`;
}

function printText(text: string): string {
  if (!text.includes('"')) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  throw new Failure(
    'VALIDATION_FAILED',
    'A text that holds both kinds of quotes cannot be written in a condition.',
  );
}

function printPattern(value: unknown, before: string, after: string): string {
  const text = String(value);
  if (text.includes('*'))
    throw new Failure(
      'VALIDATION_FAILED',
      'A pattern that holds a literal "*" cannot be written in a condition.',
    );
  return printText(`${before}${text}${after}`);
}

/** A number without exponent, as the language writes it; a quoted text that is no number stays a text. */
function printNumber(value: unknown): string {
  const number = Number(value);
  if (!Number.isFinite(number)) return printText(String(value));
  const [mantissa = '', exponent] = String(number).split('e');
  return exponent === undefined ? mantissa : shifted(mantissa, Number(exponent));
}

/** The digits of a number with its point moved that many places to the right. */
function shifted(mantissa: string, places: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.');
  if (places > 0) return `${sign}${whole}${fraction.padEnd(places, '0')}`;
  return `${sign}0.${'0'.repeat(-places - 1)}${whole}${fraction}`;
}
