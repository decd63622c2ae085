/** The specified examples of the trigger language hold, compiled and through the tree. */
import { describe, expect, it } from 'vitest';
import { compile, generateFql, parseFql, validate } from '../../src/blueprint/fql.ts';
import { examples } from './fixtures.ts';

describe('the trigger language gives the specified answer for', () => {
  for (const { fql, event, match, error } of examples('fql.jsonl')) {
    it(String(fql), () => {
      const ast = parseFql(String(fql));
      if (error === true) {
        expect(ast).toHaveProperty('error');
        expect(validate(ast, event)).toBe(false);
        expect(() => compile(String(fql))).toThrow('at character');
        return;
      }
      expect(validate(ast, event)).toBe(match);
      expect(compile(String(fql)).match(event)).toBe(match);
      expect(parseFql(generateFql(ast))).toEqual(ast);
    });
  }
});
