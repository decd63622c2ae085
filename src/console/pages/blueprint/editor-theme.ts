/** How texts look in CodeMirror: the console's own colours, and a place where its styles are allowed. It must not know what is edited. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const frame = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--surface)', fontSize: 'var(--size-xs)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.65', overflow: 'auto' },
  '.cm-content': { padding: '12px 0', caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--ink-faint)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft) !important',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
    boxShadow: 'var(--shadow-high)',
    overflow: 'hidden',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent-soft)',
    color: 'var(--ink)',
  },
  '.cm-completionDetail': { color: 'var(--ink-faint)', fontStyle: 'normal', marginLeft: '1em' },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--ink)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad-fill)' },
  '.cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--good-soft) !important' },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'var(--bad-soft) !important' },
  '&.cm-merge-b .cm-changedText, .cm-changedText': { background: 'light-dark(#b5e6cf, #1c5a3b) !important' },
  '.cm-deletedChunk .cm-deletedText': { background: 'light-dark(#f8c3c7, #6d262e) !important' },
  '.cm-collapsedLines': {
    background: 'var(--sunken)',
    color: 'var(--ink-soft)',
    padding: '2px 12px',
    '&:before, &:after': { content: '"···" !important' },
  },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'light-dark(#33418f, #a9b6ff)' },
  { tag: tags.string, color: 'light-dark(#17633f, #8fd6ac)' },
  { tag: tags.number, color: 'light-dark(#8f4700, #f0b872)' },
  { tag: [tags.bool, tags.null], color: 'light-dark(#7a2d8f, #dba6ee)' },
]);

export const editorTheme: Extension = [frame, syntaxHighlighting(colours)];

/**
 * A shadow root in the element. CodeMirror writes its styles into a style element of the page, which the content
 * security policy forbids; into a shadow root it puts them as constructed style sheets, which are no inline styles.
 */
export function editorRoot(element: HTMLElement): ShadowRoot {
  return element.shadowRoot ?? element.attachShadow({ mode: 'open' });
}
