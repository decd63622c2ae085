/** The trigger language: its tree, its text, its mistakes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, type FqlAst, generateFql, parseFql, validate } from '../../src/blueprint/fql.ts';

const numRuns = Number(process.env['SOAK_RUNS'] ?? 20_000);

describe('parseFql', () => {
  const seats = { type: 'event-property', name: 'seats', operator: '>', value: 9 };
  const condition = (type: string, operator: string, value?: unknown, name?: string): object => ({
    type,
    operator,
    ...(name === undefined ? {} : { name }),
    ...(value === undefined ? {} : { value }),
  });

  it.each([
    [
      'event = "a" or type = "page" and properties.seats > 9',
      {
        type: 'group',
        operator: 'or',
        children: [
          condition('event', '=', 'a'),
          { type: 'group', operator: 'and', children: [condition('event-type', '=', 'page'), seats] },
        ],
      },
    ],
    ['((properties.seats>9))', { type: 'group', operator: 'and', children: [seats] }],
    [
      '(properties.seats > 9 OR properties.seats > 9)',
      { type: 'group', operator: 'or', children: [seats, seats] },
    ],
  ])('%s', (text, tree) => {
    expect(parseFql(text)).toEqual(tree);
  });

  it.each([
    ['traits.a = 5', condition('event-trait', 'number_equals', 5, 'a')],
    ['traits.a != +2.50', condition('event-trait', 'number_not_equals', 2.5, 'a')],
    ['event = 5', condition('event', '=', '5')],
    ['event = true', condition('event', '=', 'true')],
    ['userId = true', condition('userId', 'is_true')],
    ['userId != true', condition('userId', '!=', true)],
    ['context.a-b.c_d = false', condition('event-context', 'is_false', undefined, 'a-b.c_d')],
    ['type != null', condition('event-type', 'exists')],
    ['name = null', condition('name', 'not_exists')],
    ['traits.a <= "5"', condition('event-trait', '<=', '5', 'a')],
    ['match(event, "a*")', condition('event', 'starts_with', 'a')],
    ['!match(event, "*a")', condition('event', 'not_ends_with', 'a')],
    ['match(type, "*a*")', condition('event-type', 'contains', 'a')],
    ['match(event, "a")', condition('event', '=', 'a')],
    ['match(event, "*")', condition('event', 'starts_with', '')],
    ['!contains(event, 5)', condition('event', 'not_contains', '5')],
    ['traits.a\\ b\\.c = "x"', condition('event-trait', '=', 'x', 'a b.c')],
    ['event = \'say "hi"\n\'', condition('event', '=', 'say "hi"\n')],
  ])('%s', (text, node) => {
    expect(parseFql(text)).toEqual({ type: 'group', operator: 'and', children: [node] });
  });

  it.each([
    ['', 'expected a field but the condition ends', 1],
    ['event = ', 'a value is missing at the end', 9],
    ['event "a"', 'expected one of = != < <= > >= but found "a"', 7],
    ['evnt = "a"', '"evnt" is no field', 1],
    ['event = a', 'expected a value but found "a"', 9],
    ['event = "a', 'has no closing "', 9],
    ['event = "a" event = "b"', 'expected "and" or "or" before "event"', 13],
    ['event = "a")', 'this parenthesis was never opened', 12],
    ['(event = "a"', 'this parenthesis is never closed', 1],
    ['!(event = "a")', '"!" can only stand before', 1],
    ['event < null', 'null can only be compared with = or !=', 9],
    ['traits.a > true', 'true can only be compared', 12],
    ['traits = 5', '"traits" needs a path', 1],
    ['event.name = 5', '"event" has no members', 1],
    ['traits..a = 5', 'a name of the path is empty', 1],
    ['match(event, "a*b")', '"*" can only be the first or the last', 14],
    ['contains(event, null)', 'expected a text', 17],
    ['traits.a = 5e0', 'expected a value', 12],
    ['traits.a = .5', 'expected a value', 12],
    ['traits.a = - 3', 'expected a value', 12],
    ['event = "a" # x', 'unexpected "#"', 13],
    [`${'('.repeat(33)}event = "a"${')'.repeat(33)}`, 'parentheses nest deeper than 32', 33],
  ])('refuses %j', (text, reason, position) => {
    const ast = parseFql(text);
    const message = 'error' in ast ? ast.error.message : '';
    expect(message).toContain(reason);
    expect(message).toContain(`(at character ${position})`);
    expect(() => compile(text)).toThrow(message);
    expect(() => generateFql(ast)).toThrow(message);
  });
});

describe('validate', () => {
  it('is false for a missing event and for trees it does not know', () => {
    const ast = parseFql('event = null');
    expect([validate(ast, undefined), validate(ast, null), validate(ast, {})]).toEqual([false, false, true]);
    for (const tree of [
      '{"type":"group","operator":"xor","children":[]}',
      '{"type":"nope"}',
      '{}',
      '{"type":"event","operator":"like"}',
    ])
      expect(validate(JSON.parse(tree), { event: 'a' })).toBe(false);
  });

  it('reads own properties only', () => {
    expect(
      compile('context.constructor != null or traits.a.length != null').match({
        context: {},
        traits: { a: 'xyz' },
      }),
    ).toBe(false);
    expect(compile('traits.__proto__.a = 1').match({ traits: {} })).toBe(false);
  });
});

describe('any tree', () => {
  const text = fc.string({ maxLength: 5 }).filter((each) => !(each.includes('"') && each.includes("'")));
  const pattern = text.filter((each) => !each.includes('*'));
  const name = fc
    .array(
      fc.string({ minLength: 1, maxLength: 4 }).filter((each) => !each.includes('.')),
      { minLength: 1, maxLength: 3 },
    )
    .map((names) => names.join('.'));
  const pathField = fc.record({
    type: fc.constantFrom('event-property', 'event-trait', 'event-context'),
    name,
  });
  const field = fc.oneof(
    fc.record({ type: fc.constantFrom('event-type', 'event', 'name', 'userId') }),
    pathField,
  );
  const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const condition = fc
    .oneof(
      fc.tuple(field, fc.record({ operator: fc.constantFrom('=', '!='), value: text })),
      fc.tuple(
        field,
        fc.record({
          operator: fc.constantFrom(
            'contains',
            'not_contains',
            'starts_with',
            'not_starts_with',
            'ends_with',
            'not_ends_with',
          ),
          value: pattern,
        }),
      ),
      fc.tuple(field, fc.record({ operator: fc.constantFrom('exists', 'not_exists') })),
      fc.tuple(pathField, fc.record({ operator: fc.constantFrom('is_true', 'is_false') })),
      fc.tuple(
        pathField,
        fc.record({
          operator: fc.constantFrom('number_equals', 'number_not_equals', '<', '<=', '>', '>='),
          value: number,
        }),
      ),
    )
    .map(([of, is]) => ({ ...of, ...is }));
  const { group } = fc.letrec((tie) => ({
    group: fc.record({
      type: fc.constant('group'),
      operator: fc.constantFrom('and', 'or'),
      children: fc.array(fc.oneof({ maxDepth: 3 }, condition, tie('group')), { minLength: 1, maxLength: 3 }),
    }),
  }));

  it('is written as text that means the same and is its own normal form', () => {
    fc.assert(
      fc.property(
        group,
        fc.record({ type: fc.string(), event: text, properties: fc.object() }),
        (tree, event) => {
          const written = generateFql(tree as FqlAst);
          const again = parseFql(written);
          expect(again).not.toHaveProperty('error');
          expect(validate(again, event)).toBe(validate(tree as FqlAst, event));
          expect(parseFql(generateFql(again))).toEqual(again);
        },
      ),
      { numRuns: Math.ceil(numRuns / 10) },
    );
  });

  it('of any text is a tree or an error, never an exception', () => {
    const piece = fc.constantFrom(
      'event',
      ' ',
      '=',
      '!',
      '!=',
      '(',
      ')',
      '"a"',
      "'",
      '5',
      'and',
      'OR',
      'match',
      'contains',
      ',',
      'properties.a',
      '\\',
      '<',
      'null',
      'true',
      '*',
      '.',
      '-',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (written) => {
          const ast = parseFql(written);
          if ('error' in ast) expect(ast.error.message).toContain('at character');
          else expect(parseFql(generateFql(ast))).toEqual(ast);
        },
      ),
      { numRuns },
    );
  });
});
