/** The words of a trigger text, with their places. It must not know the grammar that joins them. */
import { fqlFailure } from './ast.ts';

/** `text` is the content: a string without its quotes, a path as it is written. `at` counts characters from 0. */
export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'operator' | '(' | ')' | ',' | '!' | 'end';
  readonly text: string;
  readonly at: number;
}

const SPACE = /[ \t\r\n]+/y;
const OPERATOR = /!=|<=|>=|=|<|>/y;
const PUNCTUATION = /[(),!]/y;
const NUMBER = /[+-]?\d+(?:\.\d+)?(?![\p{L}\p{N}_.\\-])/uy;
const WORD = /(?:[\p{L}\p{N}_.-]|\\.)+/suy;

/** Splits a text into words; the last one is always `end`. Throws where no word can begin. */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    const found = expression.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  while (at < text.length) {
    if (take(SPACE) !== undefined) continue;
    const start = at;
    const quoted = takeString(text, at);
    const operator = quoted ?? take(OPERATOR);
    if (quoted !== undefined) {
      at += quoted.length + 2;
      tokens.push({ kind: 'string', text: quoted, at: start });
    } else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, at: start });
    else tokens.push(takeOther(take, start, text));
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function takeString(text: string, at: number): string | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return undefined;
  const end = text.indexOf(quote, at + 1);
  if (end < 0) throw fqlFailure(`the text that begins here has no closing ${quote}`, at);
  return text.slice(at + 1, end);
}

function takeOther(take: (expression: RegExp) => string | undefined, at: number, text: string): Token {
  const punctuation = take(PUNCTUATION);
  if (punctuation === '(' || punctuation === ')' || punctuation === ',' || punctuation === '!')
    return { kind: punctuation, text: punctuation, at };
  const number = take(NUMBER);
  if (number !== undefined) return { kind: 'number', text: number, at };
  const word = take(WORD);
  if (word !== undefined) return { kind: 'word', text: word, at };
  throw fqlFailure(`unexpected ${JSON.stringify(text[at])}`, at);
}
