/** The blueprint as text, with proposals and mistakes in place. It must not know how rules run. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { Problem, ReceivedEvent } from '../../api/answers.ts';
import { editorRoot, editorTheme } from './editor-theme.ts';
import { completeBlueprint, type Words } from './text-completion.ts';
import { diagnosticsOf } from './text-diagnostics.ts';
import type { Vocabulary } from './vocabulary.ts';

const height = EditorView.theme({ '&': { minHeight: '24rem', maxHeight: 'calc(100dvh - 16rem)' } });

interface TextEditorProps {
  readonly text: string;
  /** By their paths in the document. */
  readonly problems: readonly Problem[];
  readonly events: readonly ReceivedEvent[];
  readonly vocabulary: Vocabulary;
  readonly onChange: (text: string) => void;
}

export function TextEditor({ text, problems, events, vocabulary, onChange }: TextEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const words = useRef<Words>({ events, vocabulary });
  words.current = { events, vocabulary };
  const changed = useRef(onChange);
  changed.current = onChange;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; later texts are put in below.
  useEffect(() => {
    if (place.current === null) return;
    const root = editorRoot(place.current);
    const made = new EditorView({
      root,
      parent: root,
      doc: text,
      extensions: [
        lineNumbers(),
        foldGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        json(),
        lintGutter(),
        autocompletion({ override: [(context) => completeBlueprint(context, words.current)], icons: false }),
        editorTheme,
        height,
        EditorView.lineWrapping,
        EditorState.tabSize.of(2),
        EditorView.contentAttributes.of({
          'aria-label': 'Blueprint as JSON. Escape, then Tab leaves the editor.',
          tabindex: '0',
        }),
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...lintKeymap,
          indentWithTab,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed.current(update.state.doc.toString());
        }),
      ],
    });
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => replaceText(view.current, text), [text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same mistakes stand elsewhere in another text.
  useEffect(() => {
    const present = view.current;
    if (present === undefined) return;
    const found: readonly Diagnostic[] = diagnosticsOf(present.state, problems);
    present.dispatch(setDiagnostics(present.state, [...found]));
  }, [problems, text]);
  return (
    <div className="stack stack-tight">
      <div className="text-editor" ref={place} />
      <p className="faint small">
        <kbd>Ctrl</kbd> <kbd>Space</kbd> proposes. <kbd>Esc</kbd>, then <kbd>Tab</kbd> leaves the editor.
      </p>
      {problems.length > 0 && (
        <ul className="problem-list" aria-label="Mistakes">
          {problems.map(({ path, message }) => (
            <li key={path + message}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Only what came from elsewhere: what one types is there already. */
function replaceText(view: EditorView | undefined, text: string): void {
  if (view === undefined || view.state.doc.toString() === text) return;
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}
