/** The placeholder language of `@template`: `{{path}}` and `{{{path}}}`. It must not know any directive. */
import { type Path, parsePath, readPath } from '../../event/path.ts';
import { MAX_PATH_LENGTH, type Run, runFailure, spend } from './run.ts';
import { textOf } from './values.ts';

/** A template in pieces: plain text, and placeholders as they are written (`name`) and as they are read (`path`). */
export type TemplatePart = string | { readonly name: string; readonly path: Path };

/** Splits a template once. Triple braces are found first, as two passes over the text would; neither escapes anything. */
export function parseTemplate(template: string): readonly TemplatePart[] {
  return splitAt(template, 3).flatMap((part) => (typeof part === 'string' ? splitAt(part, 2) : [part]));
}

/** Splits at the placeholders of that many braces. What is inside holds at least one character and no closing brace. */
function splitAt(text: string, braces: 2 | 3): TemplatePart[] {
  const open = '{'.repeat(braces);
  const close = '}'.repeat(braces);
  const parts: TemplatePart[] = [];
  let from = 0;
  let at = text.indexOf(open);
  let end = -1;
  while (at >= 0) {
    if (end < at + braces) end = text.indexOf('}', at + braces);
    if (end < 0) break;
    if (end > at + braces && text.startsWith(close, end)) {
      if (at > from) parts.push(text.slice(from, at));
      const name = text.slice(at + braces, end).trim();
      parts.push({ name, path: parsePath(name.slice(0, MAX_PATH_LENGTH)) });
      from = end + braces;
      at = text.indexOf(open, from);
    } else {
      at = text.indexOf(open, at + 1);
    }
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** The text of a split template for one input. Inserted text is never looked at again. */
export function fillTemplate(parts: readonly TemplatePart[], input: unknown, run: Run): string {
  let text = '';
  for (const part of parts) {
    spend(run, 1);
    text += typeof part === 'string' ? part : textOf(readPath(input, part.path), run);
  }
  spend(run, text.length >> 5);
  return text;
}

/** Splits a template that is known only at run time, on the budget of that run. */
export function parseTemplateNow(template: string, run: Run): readonly TemplatePart[] {
  spend(run, 2 * template.length);
  const parts = parseTemplate(template);
  for (const part of parts) {
    if (typeof part !== 'string' && part.name.length > MAX_PATH_LENGTH)
      throw runFailure('@template', `a path is longer than ${MAX_PATH_LENGTH} characters`);
  }
  return parts;
}
