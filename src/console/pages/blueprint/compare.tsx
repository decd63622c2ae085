/** Two documents side by side as text, what is alike folded. It must not know what they say. */
import { json } from '@codemirror/lang-json';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { JsonObject } from '../../api/answers.ts';
import { textOfDocument } from '../../blueprint/draft.ts';
import { editorRoot, editorTheme } from './editor-theme.ts';
import './blueprint.css';

interface CompareProps {
  readonly before: JsonObject;
  readonly after: JsonObject;
}

export function Compare({ before, after }: CompareProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const root = editorRoot(place.current);
    const view = new EditorView({
      root,
      parent: root,
      doc: textOfDocument(after),
      extensions: [
        lineNumbers(),
        json(),
        editorTheme,
        EditorView.lineWrapping,
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({
          'aria-label': 'The document, with what changed marked',
          tabindex: '0',
        }),
        unifiedMergeView({
          original: textOfDocument(before),
          mergeControls: false,
          gutter: true,
          collapseUnchanged: { margin: 3, minSize: 6 },
        }),
      ],
    });
    return () => view.destroy();
  }, [before, after]);
  return <div className="compare" ref={place} />;
}
