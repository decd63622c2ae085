/** What fits at a place of a blueprint's text: keys and words of the schema, sources of real events, actions, targets, transforms. It must not know how rules run. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';
import schema from '../../../../schemas/blueprint.schema.json';
import type { JsonObject, ReceivedEvent } from '../../api/answers.ts';
import { seenEvents, seenPaths } from '../../blueprint/paths.ts';
import { isJsonObject, valueAt } from '../../json.ts';
import { keyOf } from './text-diagnostics.ts';
import { targetProposals, type Vocabulary } from './vocabulary.ts';

export interface Words {
  readonly events: readonly ReceivedEvent[];
  readonly vocabulary: Vocabulary;
}

export function completeBlueprint(context: CompletionContext, words: Words): CompletionResult | null {
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  const isName = node.name === 'PropertyName' || (node.name === 'Object' && context.explicit);
  const isText = node.name === 'String';
  if (!isName && !isText) return null;
  const path = pathTo(context.state, node);
  const options = isName ? keysAt(path, words) : valuesAt(path, words);
  if (options.length === 0) return null;
  const isQuoted = node.name === 'PropertyName' || isText;
  return {
    from: isQuoted ? node.from + 1 : context.pos,
    to: isQuoted ? Math.max(node.from + 1, node.to - (closes(context.state, node) ? 1 : 0)) : context.pos,
    options: isQuoted ? [...options] : options.map((option) => ({ ...option, apply: `"${option.label}": ` })),
    validFor: /^[^"]*$/,
  };
}

function closes(state: EditorState, node: SyntaxNode): boolean {
  return node.to - node.from > 1 && state.sliceDoc(node.to - 1, node.to) === '"';
}

/** The keys from the root to the object or value at the node; places in lists are `0`. */
function pathTo(state: EditorState, node: SyntaxNode): readonly string[] {
  const path: string[] = [];
  const isName = node.name === 'PropertyName';
  for (
    let at: SyntaxNode | null = isName ? (node.parent?.parent ?? null) : node;
    at !== null;
    at = at.parent
  ) {
    const parent: SyntaxNode | null = at.parent;
    const name = parent?.name === 'Property' && at.name !== 'PropertyName' ? parent.firstChild : null;
    if (name !== null) path.unshift(keyOf(state.sliceDoc(name.from, name.to)));
    else if (parent?.name === 'Array') path.unshift('0');
  }
  return path;
}

function keysAt(path: readonly string[], { events }: Words): readonly Completion[] {
  if (path.length === 1 && path[0] === 'events') {
    return seenEvents(events).map(({ key, count }) => ({ label: key, detail: `seen ${count} times` }));
  }
  return schemasAt(path).flatMap((found) => {
    const properties = found['properties'];
    return isJsonObject(properties)
      ? Object.entries(properties).map(([label, inner]) => ({ label, ...detailOf(inner) }))
      : [];
  });
}

function valuesAt(path: readonly string[], { events, vocabulary }: Words): readonly Completion[] {
  const key = path.findLast((part) => part !== '0');
  if (key === 'source') {
    return seenPaths(events).map(({ path: label, example }) => ({ label, detail: example }));
  }
  if (key === 'transform' || (key === 'name' && path.includes('transform'))) {
    return vocabulary.transforms.map(({ name, description }) => ({ label: name, info: description }));
  }
  if (key === 'action') {
    return vocabulary.actions.map(({ slug, title }) => ({ label: slug, detail: title }));
  }
  if (key === 'target') {
    const all = vocabulary.actions.flatMap((action) => targetProposals(action));
    return [...new Map(all.map(({ value, note }) => [value, { label: value, detail: note ?? '' }])).values()];
  }
  return schemasAt(path).flatMap((found) => {
    const words = found['enum'];
    return Array.isArray(words) ? words.map((word) => ({ label: String(word) })) : [];
  });
}

function detailOf(inner: unknown): { readonly info?: string } {
  const description = valueAt(resolved(inner), 'description') ?? valueAt(inner, 'description');
  return typeof description === 'string' ? { info: description } : {};
}

const ROOT: JsonObject = isJsonObject(schema) ? schema : {};

/** Every part of the schema that can describe the value at a path. */
function schemasAt(path: readonly string[]): readonly JsonObject[] {
  let found = alternatives(ROOT);
  for (const key of path) found = found.flatMap((each) => alternatives(below(each, key)));
  return found;
}

function below(found: JsonObject, key: string): unknown {
  const { properties, additionalProperties, items } = found;
  if (isJsonObject(properties) && Object.hasOwn(properties, key)) return properties[key];
  return key === '0' && items !== undefined ? items : additionalProperties;
}

function alternatives(value: unknown): readonly JsonObject[] {
  const found = resolved(value);
  if (!isJsonObject(found)) return [];
  const { anyOf } = found;
  const others: readonly unknown[] = Array.isArray(anyOf) ? anyOf : [];
  return [found, ...others.flatMap(alternatives)];
}

function resolved(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const { $ref: reference } = value;
  if (typeof reference !== 'string') return value;
  return valueAt(ROOT, reference.replace('#/', '').replaceAll('/', '.'));
}
