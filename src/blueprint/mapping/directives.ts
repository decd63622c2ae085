/** The one table of directives. Everything else about the language asks this table. */
import { compileExcludeWhenNull, compileIf, compileLiteral, compilePath } from './directives/choosing.ts';
import {
  compileArrayPath,
  compileFlatten,
  compileJson,
  compileMerge,
  compileTransform,
} from './directives/shaping.ts';
import { compileCase, compileLiquid, compileReplace, compileTemplate } from './directives/wording.ts';
import type { ValueCompiler } from './site.ts';

/** Name → how its value is checked and compiled. */
export const DIRECTIVES: ReadonlyMap<string, ValueCompiler> = new Map<string, ValueCompiler>([
  ['@path', compilePath],
  ['@literal', compileLiteral],
  ['@template', compileTemplate],
  ['@if', compileIf],
  ['@case', compileCase],
  ['@replace', compileReplace],
  ['@arrayPath', compileArrayPath],
  ['@json', compileJson],
  ['@flatten', compileFlatten],
  ['@merge', compileMerge],
  ['@transform', compileTransform],
  ['@excludeWhenNull', compileExcludeWhenNull],
  ['@liquid', compileLiquid],
]);
