/** Paths are split and read as specified, and reach nothing but own properties. */
import { describe, expect, it } from 'vitest';
import { parsePath, readPath } from '../../src/event/path.ts';

describe('a path', () => {
  it.each([
    ['', []],
    ['.', []],
    ['$', []],
    ['$.', []],
    ['$.a.b', ['a', 'b']],
    ['a.$.b', ['a', '$', 'b']],
    ['$a', ['$a']],
    ['$[0].a', ['0', 'a']],
    ['a[0][1].b', ['a', '0', '1', 'b']],
    ['a.[0]', ['a', '0']],
    ['a..b.', ['a', 'b']],
    ['a[b]', ['a[b]']],
    ['a[0]b', ['a[0]b']],
    ['a[-1]', ['a[-1]']],
    ["a['x.y'].b", ['a', 'x.y', 'b']],
    ['a["x y"]', ['a', 'x y']],
    ["a['x", ["a['x"]],
    ['first name.@id', ['first name', '@id']],
    ["it's", ["it's"]],
    ['ключ.é', ['ключ', 'é']],
  ])('%j is %j', (text, names) => {
    expect(parsePath(text)).toEqual(names);
  });

  const input = { a: { b: null, n: 0, s: 'text', list: [{ c: 1 }], f: false }, '0': 'zero' };
  it.each([
    ['', input],
    ['a.b', null],
    ['a.n', 0],
    ['a.f', false],
    ['a.list[0].c', 1],
    ['a.list.length', 1],
    ['[0]', 'zero'],
    ['a.b.x', undefined],
    ['a.n.toFixed', undefined],
    ['a.s.length', undefined],
    ['a.s[0]', undefined],
    ['a.constructor', undefined],
    ['a.__proto__', undefined],
    ['a.list.map', undefined],
    ['toString', undefined],
    ['a.missing.deeper', undefined],
  ])('%j reads what is there', (text, value) => {
    expect(readPath(input, parsePath(text))).toEqual(value);
  });

  it('sees own properties of any name', () => {
    expect(readPath(JSON.parse('{"__proto__":{"a":1}}'), ['__proto__', 'a'])).toBe(1);
  });
});
