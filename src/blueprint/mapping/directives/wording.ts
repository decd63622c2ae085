/** The directives that make text: `@template`, `@case`, `@replace`, `@liquid`. */

import { liquidPaths, MAX_LIQUID_LENGTH, parseLiquid } from '../liquid.ts';
import { absent, type Node } from '../nodes.ts';
import { MAX_PATH_LENGTH, spend } from '../run.ts';
import { boolean, isDirective, kindOf, type Site, string, stringOrDirective, word } from '../site.ts';
import { fillTemplate, parseTemplate, parseTemplateNow } from '../template.ts';
import { givenText } from './choosing.ts';

/** `@template`: always a text; the template is written or given by a directive. */
export function compileTemplate(value: unknown, site: Site): Node {
  if (typeof value === 'string') return compileWrittenTemplate(value, site);
  if (!isDirective(value)) {
    site.report(`should be a string or a directive but it is ${kindOf(value)}`);
    return absent;
  }
  const inner = site.value(value);
  return (input, run) =>
    fillTemplate(parseTemplateNow(givenText('@template', inner(input, run)), run), input, run);
}

function compileWrittenTemplate(template: string, site: Site): Node {
  const parts = parseTemplate(template);
  for (const part of parts) {
    if (typeof part === 'string') continue;
    site.reads(part.name);
    if (part.name.length > MAX_PATH_LENGTH)
      site.report(`should hold paths of ${MAX_PATH_LENGTH} or fewer characters`);
  }
  return (input, run) => fillTemplate(parts, input, run);
}

/** `@case`: text in lower or upper case by the rules of no language; anything else unchanged. */
export function compileCase(value: unknown, site: Site): Node {
  const parts = site.fields(value, { operator: word('lower', 'upper'), value: stringOrDirective }, [
    'operator',
  ]);
  const { operator, value: inner } = parts ?? {};
  if (inner === undefined) return absent;
  return (input, run) => {
    const found = inner(input, run);
    if (typeof found !== 'string') return found;
    spend(run, 1 + (found.length >> 2));
    return operator === 'lower' ? found.toLowerCase() : found.toUpperCase();
  };
}

/** Lengths of the texts that `@replace` looks for and puts in. */
const MAX_PATTERN_LENGTH = 10;
const MAX_REPLACEMENT_LENGTH = 10;
const pattern = string(1, MAX_PATTERN_LENGTH);
const replacement = string(0, MAX_REPLACEMENT_LENGTH);

/** `@replace`: literal text for literal text, up to two pairs. */
export function compileReplace(value: unknown, site: Site): Node {
  const parts = site.fields(
    value,
    {
      pattern,
      replacement,
      pattern2: pattern,
      replacement2: replacement,
      ignorecase: boolean,
      global: boolean,
      value: stringOrDirective,
    },
    ['pattern', 'value'],
  );
  const inner = parts?.value;
  if (parts?.pattern === undefined || inner === undefined) return absent;
  const flags = `${(parts.global ?? true) ? 'g' : ''}${parts.ignorecase ? 'i' : ''}`;
  const pairs = [replacer(parts.pattern, parts.replacement ?? '', flags)];
  if (parts.pattern2 !== undefined) pairs.push(replacer(parts.pattern2, parts.replacement2 ?? '', flags));
  return (input, run) => {
    const found = inner(input, run);
    if (found === undefined) return undefined;
    let text = replaceable(found);
    for (const replace of pairs) {
      spend(run, 1 + text.length);
      text = replace(text);
    }
    return text;
  };
}

/** Numbers and booleans as text; null, objects and lists give the empty text, which existing mappings rely on. */
function replaceable(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The expression is made from a literal of at most ten characters, so matching it cannot backtrack. */
function replacer(literal: string, by: string, flags: string): (text: string) => string {
  const expression = new RegExp(literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), flags);
  const literalBy = by.replaceAll('$', '$$$$');
  return (text) => text.replace(expression, literalBy);
}

const liquidText = string(0, MAX_LIQUID_LENGTH);

/** `@liquid`: a Liquid template; broken templates are refused when they are compiled. */
export function compileLiquid(value: unknown, site: Site): Node {
  const text = liquidText(value, site);
  if (text === undefined) return absent;
  const parsed = parseLiquid(text);
  if ('reason' in parsed) {
    site.report(parsed.reason);
    return absent;
  }
  for (const path of liquidPaths(text)) site.reads(path);
  return parsed.render;
}
