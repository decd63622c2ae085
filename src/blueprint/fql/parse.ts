/** From trigger text to tree: the whole grammar, `and` before `or`, parentheses to any useful depth. */

import { Failure } from '../../event/failure.ts';
import { didYouMean } from '../nearest.ts';
import {
  FIELDS,
  type FqlAst,
  type FqlCondition,
  type FqlField,
  type FqlGroup,
  type FqlOperator,
  fqlFailure,
  hasPath,
  MAX_FQL_DEPTH,
  MAX_FQL_LENGTH,
} from './ast.ts';
import { lex, type Token } from './lex.ts';

type Child = FqlGroup | FqlCondition;

/** Parses a text. Never throws: for a text that is no trigger it gives `{ error }`, a Failure that names the place. */
export function parseFql(text: string): FqlAst {
  try {
    if (typeof text !== 'string') throw fqlFailure('a condition must be a text', 0);
    if (text.length > MAX_FQL_LENGTH)
      throw fqlFailure(`it is longer than ${MAX_FQL_LENGTH} characters`, MAX_FQL_LENGTH);
    return new Parser(lex(text)).parse();
  } catch (error) {
    if (error instanceof Failure) return { error };
    throw error;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): FqlGroup {
    const root = this.#or();
    const rest = this.#peek();
    if (rest.kind === ')') throw fqlFailure('this parenthesis was never opened', rest.at);
    if (rest.kind !== 'end') throw fqlFailure(`expected "and" or "or" before ${shown(rest)}`, rest.at);
    return asGroup(root);
  }

  #or(): Child {
    return this.#joined('or', () => this.#joined('and', () => this.#primary()));
  }

  #joined(operator: 'and' | 'or', next: () => Child): Child {
    const first = next();
    const children = [first];
    while (this.#isWord(operator)) {
      this.#index += 1;
      children.push(next());
    }
    return children.length === 1 ? first : { type: 'group', operator, children };
  }

  #primary(): Child {
    const token = this.#peek();
    if (token.kind === '(') return this.#parenthesised();
    if (token.kind === '!') {
      this.#index += 1;
      const name = this.#peek();
      if (name.kind !== 'word' || !isFunction(name.text))
        throw fqlFailure('"!" can only stand before contains(…) or match(…)', token.at);
      return this.#call(true);
    }
    if (token.kind === 'word' && isFunction(token.text) && this.#tokens[this.#index + 1]?.kind === '(')
      return this.#call(false);
    return this.#comparison();
  }

  #parenthesised(): Child {
    const open = this.#next();
    this.#depth += 1;
    if (this.#depth > MAX_FQL_DEPTH)
      throw fqlFailure(`parentheses nest deeper than ${MAX_FQL_DEPTH}`, open.at);
    const inner = this.#or();
    this.#depth -= 1;
    if (this.#peek().kind !== ')') throw this.#unclosed(open);
    this.#index += 1;
    return inner;
  }

  #unclosed(open: Token): Failure {
    const token = this.#peek();
    if (token.kind === 'end') return fqlFailure('this parenthesis is never closed', open.at);
    return fqlFailure(`expected "and", "or" or ")" before ${shown(token)}`, token.at);
  }

  #comparison(): FqlCondition {
    const field = readField(this.#next());
    const operator = this.#next();
    if (operator.kind !== 'operator')
      throw fqlFailure(`expected one of = != < <= > >= but found ${shown(operator)}`, operator.at);
    return condition(field, operator, this.#next());
  }

  #call(isNegated: boolean): FqlCondition {
    const name = this.#next();
    this.#expect('(');
    const field = readField(this.#next());
    this.#expect(',');
    const value = this.#next();
    const isText = value.kind === 'string' || value.kind === 'number' || isBoolean(value);
    if (!isText) throw fqlFailure(`expected a text but found ${shown(value)}`, value.at);
    this.#expect(')');
    const positive = name.text === 'contains' ? contains(value.text) : match(value);
    return {
      ...field,
      operator: isNegated ? NEGATED[positive.operator] : positive.operator,
      value: positive.value,
    };
  }

  #expect(kind: '(' | ')' | ','): void {
    const token = this.#next();
    if (token.kind !== kind) throw fqlFailure(`expected "${kind}" but found ${shown(token)}`, token.at);
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token.kind === 'word' && token.text.toLowerCase() === word;
  }

  #peek(): Token {
    const token = this.#tokens[Math.min(this.#index, this.#tokens.length - 1)];
    if (token === undefined) throw fqlFailure('the condition is empty', 0);
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#index += 1;
    return token;
  }
}

const asGroup = (child: Child): FqlGroup =>
  child.type === 'group' ? child : { type: 'group', operator: 'and', children: [child] };

const isFunction = (name: string): boolean => name === 'contains' || name === 'match';

const isBoolean = (token: Token): boolean =>
  token.kind === 'word' && (token.text === 'true' || token.text === 'false');

function shown(token: Token): string {
  return token.kind === 'end' ? 'the end' : JSON.stringify(token.text);
}

type Field = Pick<FqlCondition, 'type' | 'name'>;

const FIELD_BY_WORD = new Map(
  (Object.entries(FIELDS) as [FqlField, { word: string }][]).map(([field, { word }]) => [word, field]),
);

/** A field: a member of the event, or one of three members and a path. A dot always separates, also an escaped one. */
function readField(token: Token): Field {
  if (token.kind === 'end') throw fqlFailure('expected a field but the condition ends', token.at);
  if (token.kind !== 'word') throw fqlFailure(`expected a field but found ${shown(token)}`, token.at);
  const [word = '', ...names] = token.text.replace(/\\(.)/gsu, '$1').split('.');
  const type = FIELD_BY_WORD.get(word);
  if (type === undefined) {
    const hint = didYouMean(word, FIELD_BY_WORD.keys());
    throw fqlFailure(
      `"${word}" is no field; there are ${[...FIELD_BY_WORD.keys()].join(', ')}${hint === '' ? '' : `.${hint}`}`,
      token.at,
    );
  }
  if (!hasPath(type)) {
    if (names.length > 0) throw fqlFailure(`"${word}" has no members`, token.at);
    return { type };
  }
  if (names.length === 0) throw fqlFailure(`"${word}" needs a path, such as ${word}.plan`, token.at);
  if (names.includes('')) throw fqlFailure('a name of the path is empty', token.at);
  return { type, name: names.join('.') };
}

function condition(field: Field, { text: operator }: Token, value: Token): FqlCondition {
  const isEqual = operator === '=' || operator === '!=';
  if (value.kind === 'string') return { ...field, operator: asOperator(operator), value: value.text };
  if (value.kind === 'number') return numberCondition(field, operator, value.text);
  if (value.kind === 'word' && value.text === 'null' && isEqual)
    return { ...field, operator: operator === '=' ? 'not_exists' : 'exists' };
  if (isBoolean(value) && isEqual) return booleanCondition(field, operator, value.text);
  if (isBoolean(value) || value.text === 'null')
    throw fqlFailure(`${value.text} can only be compared with = or !=`, value.at);
  throw fqlFailure(
    value.kind === 'end' ? 'a value is missing at the end' : `expected a value but found ${shown(value)}`,
    value.at,
  );
}

function numberCondition(field: Field, operator: string, text: string): FqlCondition {
  if (!hasPath(field.type)) return { ...field, operator: asOperator(operator), value: text };
  if (operator === '=') return { ...field, operator: 'number_equals', value: Number(text) };
  if (operator === '!=') return { ...field, operator: 'number_not_equals', value: Number(text) };
  return { ...field, operator: asOperator(operator), value: Number(text) };
}

function booleanCondition(field: Field, operator: string, text: string): FqlCondition {
  if (!hasPath(field.type) && field.type !== 'userId')
    return { ...field, operator: asOperator(operator), value: text };
  if (operator === '=') return { ...field, operator: text === 'true' ? 'is_true' : 'is_false' };
  return { ...field, operator: '!=', value: text === 'true' };
}

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;

function asOperator(text: string): FqlOperator {
  return COMPARISONS.find((each) => each === text) ?? '=';
}

interface Positive {
  readonly operator: 'contains' | 'starts_with' | 'ends_with' | '=';
  readonly value: string;
}

const NEGATED = {
  contains: 'not_contains',
  starts_with: 'not_starts_with',
  ends_with: 'not_ends_with',
  '=': '!=',
} as const satisfies Record<Positive['operator'], FqlOperator>;

const contains = (value: string): Positive => ({ operator: 'contains', value });

/** The pattern of `match`: a star is a wildcard as the first or the last character, and an error elsewhere. */
function match({ text, at }: Token): Positive {
  const isOpenStart = text.startsWith('*');
  const isOpenEnd = text.endsWith('*') && text.length > 1;
  const value = text.slice(isOpenStart ? 1 : 0, isOpenEnd ? -1 : undefined);
  if (value.includes('*'))
    throw fqlFailure('"*" can only be the first or the last character of a pattern', at);
  if (isOpenStart && isOpenEnd) return contains(value);
  if (isOpenStart) return { operator: value === '' ? 'starts_with' : 'ends_with', value };
  return { operator: isOpenEnd ? 'starts_with' : '=', value };
}
