/** Mistakes at their places in the text: of JSON itself, and those that the service names by path. It must not know how they are shown. */
import { ensureSyntaxTree } from '@codemirror/language';
import type { Diagnostic } from '@codemirror/lint';
import type { EditorState } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';
import type { Problem } from '../../api/answers.ts';

const PARSE_MS = 200;

export function diagnosticsOf(state: EditorState, problems: readonly Problem[]): readonly Diagnostic[] {
  const broken = brokenPlaces(state);
  if (broken.length > 0) return broken;
  return problems.map((problem) => ({
    ...rangeOf(state, problem.path),
    severity: problem.severity ?? 'error',
    message: problem.message,
  }));
}

/** The first place where the text is not JSON; what follows is mostly its consequence. */
function brokenPlaces(state: EditorState): readonly Diagnostic[] {
  const tree = ensureSyntaxTree(state, state.doc.length, PARSE_MS);
  let at: number | undefined;
  tree?.iterate({
    enter: (node) => {
      if (at === undefined && node.type.isError) at = node.from;
    },
  });
  if (at === undefined) return [];
  const from = Math.min(at, Math.max(0, state.doc.length - 1));
  return [
    {
      from,
      to: Math.min(from + 1, state.doc.length),
      severity: 'error',
      message: 'Here the text is not JSON.',
    },
  ];
}

/** Where the value at a dotted path stands; the nearest that is there when it is not. Keys may hold dots themselves. */
export function rangeOf(state: EditorState, path: string): { readonly from: number; readonly to: number } {
  const tree = ensureSyntaxTree(state, state.doc.length, PARSE_MS);
  let node = tree?.topNode.firstChild ?? undefined;
  let rest = path;
  while (node !== undefined && rest !== '') {
    const step = stepInto(state, node, rest);
    if (step === undefined) break;
    node = step.node;
    rest = step.rest;
  }
  return node === undefined || node.name === 'JsonText' ? { from: 0, to: 1 } : firstLine(state, node);
}

/** A long object is marked at its first line only. */
function firstLine(state: EditorState, node: SyntaxNode): { readonly from: number; readonly to: number } {
  return { from: node.from, to: Math.min(node.to, state.doc.lineAt(node.from).to) };
}

function stepInto(
  state: EditorState,
  node: SyntaxNode,
  path: string,
): { readonly node: SyntaxNode; readonly rest: string } | undefined {
  if (node.name === 'Object') {
    for (const property of node.getChildren('Property')) {
      const name = property.firstChild;
      const value = property.lastChild;
      if (name === null || value === null) continue;
      const key = keyOf(state.sliceDoc(name.from, name.to));
      if (path === key || path.startsWith(`${key}.`))
        return { node: value, rest: path.slice(key.length + 1) };
    }
    return undefined;
  }
  const index = /^(\d+)(?:\.|$)/.exec(path)?.[1];
  if (node.name !== 'Array' || index === undefined) return undefined;
  const items = childrenOf(node).filter(({ name }) => !['[', ']', ',', '⚠'].includes(name));
  const item = items[Number(index)];
  return item === undefined ? undefined : { node: item, rest: path.slice(index.length + 1) };
}

export function keyOf(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch (error) {
    if (error instanceof SyntaxError) return quoted.replaceAll('"', '');
    throw error;
  }
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}
