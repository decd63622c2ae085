/** Blueprints as JSON or YAML text: reading them, and finding the line of a place. It must not know what a blueprint holds. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Pair,
  parseDocument,
} from 'yaml';
import { Failure } from '../../event/failure.ts';
import { MAX_DOCUMENT_DEPTH } from './parameters.ts';
import type { BlueprintProblem, Place } from './report.ts';

/** Longer texts are no blueprints. */
const MAX_TEXT_LENGTH = 500_000;
/** How many nodes all uses of YAML anchors together may stand for. */
const MAX_ALIAS_COUNT = 100;

/** Line and column of a place, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A text that was read: its value, what is wrong with the text itself, and where each place is. */
export interface ReadText {
  readonly value: unknown;
  readonly problems: readonly BlueprintProblem[];
  /** The position of the value at a place, of its name when `onKey`, or of the nearest thing around it that is there. */
  locate(at: Place, onKey: boolean): Position;
}

/** Reads JSON or YAML 1.2, of which JSON is a part. Repeated keys are mistakes; anchors cannot grow without bound. */
export function readBlueprintText(text: string): ReadText {
  if (text.length > MAX_TEXT_LENGTH)
    return unreadable(`A blueprint can have ${MAX_TEXT_LENGTH} characters, not ${text.length}.`);
  if (nestsTooDeep(text)) return unreadable(`The text nests deeper than ${MAX_DOCUMENT_DEPTH} levels.`);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    prettyErrors: false,
    stringKeys: true,
  });
  const problems = document.errors.map(({ message, pos: [start] }): BlueprintProblem => {
    const { line, col } = lines.linePos(start);
    return { severity: 'error', path: '', message: sentence(message), line, column: col };
  });
  if (problems.length > 0) return { value: undefined, problems, locate: () => START };
  return {
    ...plainValue(document),
    locate: (at, onKey) => {
      const { line, col } = lines.linePos(offsetOf(document, at, onKey));
      return { line, column: col };
    },
  };
}

/**
 * The document of a JSON or YAML text.
 * @throws Failure BLUEPRINT_INVALID whose details name line and column.
 */
export function parseBlueprintText(text: string): unknown {
  const { value, problems } = readBlueprintText(text);
  const [first] = problems;
  if (first === undefined) return value;
  const place = first.line === undefined ? '' : ` (line ${first.line}, column ${first.column})`;
  throw new Failure('BLUEPRINT_INVALID', `The blueprint cannot be read: ${first.message}${place}`, {
    details: problems,
  });
}

const START: Position = { line: 1, column: 1 };

function unreadable(message: string): ReadText {
  return {
    value: undefined,
    problems: [{ severity: 'error', path: '', message, ...START }],
    locate: () => START,
  };
}

function plainValue(document: Document.Parsed): Pick<ReadText, 'value' | 'problems'> {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }), problems: [] };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return {
      value: undefined,
      problems: [
        { severity: 'error', path: '', message: 'The anchors of this YAML stand for too much.', ...START },
      ],
    };
  }
}

/**
 * Whether brackets, or dashes at the start of a line, nest deeper than any blueprint, so that no parser recurses without
 * bound. Brackets inside texts count too; no honest text has so many that are open at once.
 */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > MAX_DOCUMENT_DEPTH * 2) return true;
  }
  return new RegExp(`(?:^|\\n)[ \\t]*(?:[-?:][ \\t]+){${MAX_DOCUMENT_DEPTH}}`).test(text);
}

function offsetOf(document: Document.Parsed, at: Place, onKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, part] of at.entries()) {
    const resolved: unknown = isAlias(node) ? node.resolve(document) : node;
    const pair: unknown = isMap(resolved) ? pairOf(resolved.items, part) : undefined;
    const isLast = index === at.length - 1;
    node = isPair(pair) ? pair.value : isCollection(resolved) ? resolved.get(part, true) : undefined;
    const found =
      (isPair(pair) && onKey && isLast ? startOf(pair.key) : startOf(node)) ??
      (isPair(pair) ? startOf(pair.key) : undefined);
    if (found === undefined) return offset;
    offset = found;
  }
  return offset;
}

function pairOf(pairs: readonly Pair[], name: string | number): Pair | undefined {
  return pairs.find(({ key }) => isScalar(key) && String(key.value) === String(name));
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) || isAlias(node) ? node.range?.[0] : undefined;
}

function sentence(message: string): string {
  const text = message.replace(/\s+/g, ' ').trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
