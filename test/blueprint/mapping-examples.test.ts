/** The specified examples of the mapping language hold, each for all ways of running a mapping. */
import { describe, expect, it } from 'vitest';
import { compile, transform, transformBatch, validate } from '../../src/blueprint/mapping-kit.ts';
import { examples } from './fixtures.ts';

describe('the mapping language gives the specified result for', () => {
  for (const { mapping, data, result, error } of examples('mapping.jsonl')) {
    it(JSON.stringify(mapping), () => {
      if (error === true) {
        expect(() => transform(mapping, data)).toThrow();
        return;
      }
      expect(transform(mapping, data)).toStrictEqual(result);
      expect(transformBatch(mapping, [data, data])).toStrictEqual([result, result]);
      expect(compile(mapping)(data)).toStrictEqual(result);
      expect(() => validate(mapping)).not.toThrow();
    });
  }
});
