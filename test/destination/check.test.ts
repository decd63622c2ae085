/** From mapped values to payloads: what is removed, coerced, refused. */
import { describe, expect, it } from 'vitest';
import { type CompiledAction, compileDestination } from '../../src/destination/compile.ts';
import { parseTime } from '../../src/destination/date-like.ts';
import type { DestinationDefinition, InputField } from '../../src/destination/definition.ts';

const base = { label: 'L', description: 'D' };

const compiled = new WeakMap<object, CompiledAction>();

function check(fields: Record<string, InputField>, value: Record<string, unknown>, options = {}) {
  const action = compiled.get(fields) ?? compile(fields);
  compiled.set(fields, action);
  return action.check(value, options);
}

function compile(fields: Record<string, InputField>): CompiledAction {
  const definition: DestinationDefinition = {
    name: 'Test',
    mode: 'cloud',
    actions: { a: { title: 'A', description: '', fields, perform: async () => {} } },
  };
  const action = compileDestination(definition).actions['a'];
  if (action === undefined) throw new Error('There is no action.');
  return action;
}

const FIELDS: Record<string, InputField> = {
  text: { ...base, type: 'string' },
  nullable: { ...base, type: 'string', allowNull: true },
  number: { ...base, type: 'number', minimum: 1, maximum: 10 },
  integer: { ...base, type: 'integer' },
  flag: { ...base, type: 'boolean' },
  when: { ...base, type: 'datetime' },
  mail: { ...base, type: 'string', format: 'email' },
  choice: { ...base, type: 'string', choices: ['a', { value: 'b', label: 'B' }], allowNull: true },
  list: { ...base, type: 'string', multiple: true },
  numbers: { ...base, type: 'number', multiple: true },
  open: { ...base, type: 'object', additionalProperties: true },
  closed: {
    ...base,
    type: 'object',
    properties: { inner: { ...base, type: 'string' }, size: { ...base, type: 'number' } },
  },
  short: { ...base, type: 'string', maximum: 3 },
};

describe('a payload', () => {
  it.each<readonly [string, unknown, unknown]>([
    ['text', 5, '5'],
    ['text', true, 'true'],
    ['text', null, undefined],
    ['text', '', undefined],
    ['text', ['x'], 'x'],
    ['nullable', null, null],
    ['nullable', '', undefined],
    ['number', '5', 5],
    ['number', '', undefined],
    ['flag', 'true', true],
    ['when', '2026-01-31', '2026-01-31'],
    ['when', 1_769_860_800, 1_769_860_800],
    ['mail', ' Jane@Example.com ', ' Jane@Example.com '],
    ['choice', 'b', 'b'],
    ['choice', null, null],
    ['list', 'one', ['one']],
    ['list', ['a', '', null, 'b'], ['a', '', 'b']],
    ['numbers', ['1', '', null], [1]],
    ['open', { a: '', b: null, c: { d: 1 } }, { a: '', b: null, c: { d: 1 } }],
    ['closed', { inner: '', size: '', other: 1 }, { inner: '' }],
    ['closed', { inner: null, size: '2' }, { size: 2 }],
    ['unknown', 'x', undefined],
  ])('takes %s of %j as %j', (name, given, taken) => {
    expect(check(FIELDS, { [name]: given })).toEqual({
      ok: true,
      payload: taken === undefined ? {} : { [name]: taken },
    });
  });

  it.each<readonly [string, unknown, string]>([
    ['number', 'many', 'It must be of type number.'],
    ['number', 11, 'It must be <= 10.'],
    ['integer', 1.5, 'It must be of type integer.'],
    ['flag', 'perhaps', 'It must be of type boolean.'],
    ['when', 'someday', 'It must be a date, a date with time, or a Unix time.'],
    ['mail', 'nobody', 'It must be an e-mail address.'],
    ['choice', 'c', 'It must be one of: a, b.'],
    ['text', ['a', 'b'], 'It must be of type string.'],
    ['open', 'text', 'It must be of type object.'],
    ['short', 'long', 'It must have at most 3 characters.'],
  ])('refuses %s of %j, without repeating the value', (name, given, message) => {
    const result = check(FIELDS, { [name]: given });
    expect(result).toMatchObject({ ok: false, problems: [{ path: name, message }] });
  });

  it('is told all that is wrong with it at once', () => {
    const result = check(
      { ...FIELDS, must: { ...base, type: 'string', required: true } },
      { number: 'x', mail: 'y', closed: { size: 'z' } },
    );
    expect(result.ok ? [] : result.problems.map(({ path }) => path).toSorted()).toEqual([
      'closed.size',
      'mail',
      'must',
      'number',
    ]);
  });

  it('is a new object: the mapped value is left as it was', () => {
    const value = { list: 'one', closed: { size: '2' } };
    check(FIELDS, value);
    expect(value).toEqual({ list: 'one', closed: { size: '2' } });
  });

  it('empties objects without declared members in the payload only, also in lists', () => {
    const fields: Record<string, InputField> = {
      bare: { ...base, type: 'object' },
      bares: { ...base, type: 'object', multiple: true },
      open: { ...base, type: 'object', additionalProperties: true },
    };
    const value = { bare: { a: 1 }, bares: [{ a: 1 }], open: { a: { b: '' } } };
    expect(check(fields, value)).toEqual({
      ok: true,
      payload: { bare: {}, bares: [{}], open: { a: { b: '' } } },
    });
    expect(value).toEqual({ bare: { a: 1 }, bares: [{ a: 1 }], open: { a: { b: '' } } });
  });

  it('lets no prototype be reached', () => {
    const result = check(FIELDS, JSON.parse('{"__proto__":{"text":"x"},"constructor":"y"}'));
    expect(result).toEqual({ ok: true, payload: {} });
    expect(Object.hasOwn({}, 'text')).toBe(false);
  });

  it('misses a field only where its condition holds', () => {
    const fields: Record<string, InputField> = {
      kind: { ...base, type: 'string' },
      extra: {
        ...base,
        type: 'string',
        required: { conditions: [{ fieldKey: 'kind', operator: 'is', value: ['a', 'b'] }] },
      },
      always: {
        ...base,
        type: 'string',
        required: {
          match: 'any',
          conditions: [
            { type: 'syncMode', operator: 'is', value: 'add' },
            { fieldKey: 'kind', operator: 'is', value: undefined },
          ],
        },
      },
    };
    const missing = (value: Record<string, unknown>, options = {}) => {
      const result = check(fields, value, options);
      return result.ok ? [] : result.problems.map(({ path }) => path);
    };
    expect(missing({ kind: 'a' })).toEqual(['extra']);
    expect(missing({ kind: 'c' })).toEqual([]);
    expect(missing({})).toEqual(['always']);
    expect(missing({ kind: 'c' }, { syncMode: 'add' })).toEqual(['always']);
  });
});

describe('settings that are only declared as fields', () => {
  const definition: DestinationDefinition = {
    name: 'My Thing!',
    mode: 'cloud',
    authentication: {
      scheme: 'custom',
      fields: {
        key: { ...base, type: 'password', required: true },
        region: { ...base, type: 'string', choices: [{ value: 'eu', label: 'EU' }], default: 'eu' },
      },
    },
    actions: {},
  };
  const destination = compileDestination(definition);

  it('are checked, filled in and masked by their declaration', () => {
    expect(destination.slug).toBe('my-thing');
    expect(destination.checkSettings({ key: 'k' })).toEqual({
      ok: true,
      settings: { key: 'k', region: 'eu' },
    });
    expect(destination.checkSettings({ region: 'us' })).toMatchObject({
      ok: false,
      problems: [{ path: 'key' }, { path: 'region' }],
    });
    expect(destination.secrets).toEqual(['key']);
    expect(destination.secretValues({ key: 'k', region: 'eu' })).toEqual(['k']);
  });
});

describe('a time', () => {
  const AT = Date.UTC(2026, 0, 31, 12);
  it.each<readonly [unknown, number | undefined]>([
    ['2026-01-31T12:00:00Z', AT],
    ['2026-01-31T14:00:00+02:00', AT],
    ['2026-01-31T12:00:00', AT],
    ['2026-01-31 12:00:00', AT],
    [AT, AT],
    [AT / 1_000, AT],
    [String(AT / 1_000), AT],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026', Date.UTC(2026, 0, 1)],
    ['', undefined],
    ['soon', undefined],
    ['2026-02-31T99:00:00Z', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [true, undefined],
    [null, undefined],
  ])('%j is %j', (given, atMs) => expect(parseTime(given)).toBe(atMs));
});
