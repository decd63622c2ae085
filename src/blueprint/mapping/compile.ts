/** The one compiler of the mapping language: a JSON value becomes a frozen plan. It must not know any directive by name. */
import { Failure } from '../../event/failure.ts';
import { isObject } from '../../event/json.ts';
import { didYouMean } from '../nearest.ts';
import { DIRECTIVES } from './directives.ts';
import { absent, arrayNode, constant, type Node, objectNode } from './nodes.ts';
import { startRun } from './run.ts';
import { directiveKeys, type Findings, kindOf, type MappingProblem, type MappingRead, Site } from './site.ts';
import { settle } from './values.ts';

/** The key that wraps a whole mapping in one directive, whose `mapping` is all the other keys. */
const ROOT_DIRECTIVE = '__segment_internal_directive';

/** A mapping that is ready to run. `doubts` work but are hardly meant; `reads` lists the paths it reads, in its own order. */
export interface MappingPlan {
  readonly node: Node;
  readonly problems: readonly MappingProblem[];
  readonly doubts: readonly MappingProblem[];
  readonly reads: readonly MappingRead[];
}

/** Compiles a whole mapping: its top level is an object of its own entries, whatever was written. */
export function compileMapping(mapping: unknown): MappingPlan {
  return plan((site) => compileTop(mapping, site));
}

/** Compiles one value of a mapping: raw, or a directive. */
export function compileExpression(value: unknown): MappingPlan {
  return plan((site) => site.value(value));
}

function plan(compile: (site: Site) => Node): MappingPlan {
  const findings: Findings = { problems: [], doubts: [], reads: [], directives: 0 };
  const node = compile(new Site(compileValue, findings));
  const { problems, doubts, reads } = findings;
  return Object.freeze({ node, problems, doubts, reads });
}

function compileValue(value: unknown, site: Site): Node {
  if (Array.isArray(value)) return arrayNode(value.map((item, index) => site.part(index).value(item)));
  if (isObject(value)) return compileObject(value, site);
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    site.report(`should be a JSON value but it is ${kindOf(value)}`);
  return constant(value);
}

function compileObject(value: Readonly<Record<string, unknown>>, site: Site): Node {
  const names = directiveKeys(value);
  const [name] = names;
  if (name === undefined) {
    if (value instanceof Date) return constant(value);
    return objectNode(Object.keys(value).map((key) => [key, site.part(key).value(value[key])] as const));
  }
  const others = Object.keys(value).filter((key) => !key.startsWith('@') && key !== '_metadata');
  if (names.length > 1) site.report(`should have one directive but it has ${names.join(' and ')}`);
  else if (others.length > 0)
    site.report(`should have no other key beside ${name}, but it has "${others[0]}"`);
  else return compileDirective(name, value[name], site);
  return absent;
}

function compileDirective(name: string, value: unknown, site: Site): Node {
  const compile = DIRECTIVES.get(name);
  if (compile === undefined) {
    site.report(`has an unknown directive ${name}.${didYouMean(name, DIRECTIVES.keys())}`);
    return absent;
  }
  site.countDirective();
  return compile(value, site.part(name));
}

function compileTop(mapping: unknown, site: Site): Node {
  if (isObject(mapping)) {
    return Object.hasOwn(mapping, ROOT_DIRECTIVE) ? compileWrapped(mapping, site) : site.value(mapping);
  }
  const entries = typeof mapping === 'string' || Array.isArray(mapping) ? Object.entries(mapping) : [];
  return objectNode(entries.map(([key, value]) => [key, site.part(key).value(value)] as const));
}

/** The wrapping directive gets all other keys as its `mapping`. The mapping that was given is not changed. */
function compileWrapped(mapping: Readonly<Record<string, unknown>>, site: Site): Node {
  const { [ROOT_DIRECTIVE]: wrapper, ...rest } = mapping;
  const inner = site.part(ROOT_DIRECTIVE);
  if (!isObject(wrapper) || Object.keys(wrapper).length !== 1) {
    inner.report('should hold exactly one directive');
    return absent;
  }
  const [[name, value]] = Object.entries(wrapper) as [[string, unknown]];
  if (!isObject(value)) {
    inner.part(name).report(`should be an object but it is ${kindOf(value)}`);
    return absent;
  }
  return inner.value({ [name]: { ...value, mapping: rest } });
}

/** The error that lists every mistake of a mapping. */
export function mappingFailure(problems: readonly MappingProblem[]): Failure {
  const details = problems.map(({ at, reason }) => ({ path: `/${at.join('/')}`, message: reason }));
  const listed = details.map(({ path, message }) => `${path} ${message}`).join('; ');
  return new Failure('VALIDATION_FAILED', `The mapping is not valid: ${listed}`, { details });
}

/** Runs a plan for one input, on a fresh budget. The result holds no absent value inside an object. */
export function runPlan(node: Node, input: unknown): unknown {
  const run = startRun();
  const result = node(input, run);
  return run.passedOn ? settle(result, run) : result;
}
