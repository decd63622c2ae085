/** The draft that the table and the text both edit. It must not know how it is shown. */
import { useCallback, useEffect, useState } from 'react';
import type { JsonObject, Revision } from '../../api/answers.ts';
import { documentOfText, dropDraft, keepDraft, keptDraft, textOfDocument } from '../../blueprint/draft.ts';

export interface Draft {
  /** The newest text that was a document; what the table shows and the preview tries. */
  readonly document: JsonObject;
  readonly text: string;
  /** Whether the text is JSON now. */
  readonly isReadable: boolean;
  readonly isChanged: boolean;
  /** The draft began from another revision than the newest. */
  readonly isStale: boolean;
  readonly setDocument: (document: JsonObject) => void;
  readonly setText: (text: string) => void;
  readonly discard: () => void;
}

export function useDraft(templateId: string, newest: Revision): Draft {
  const published = textOfDocument(newest.blueprint);
  const [kept] = useState(() => keptDraft(localStorage, templateId));
  const [text, setTextOnly] = useState(kept?.text ?? published);
  const [baseId, setBaseId] = useState(kept?.baseId ?? newest.id);
  const [document, setDocumentOnly] = useState(() => documentOfText(text) ?? newest.blueprint);
  const isChanged = text !== published;
  useEffect(() => {
    if (isChanged) keepDraft(localStorage, templateId, { baseId, text });
    else dropDraft(localStorage, templateId);
  }, [isChanged, templateId, baseId, text]);
  const setText = useCallback((next: string) => {
    setTextOnly(next);
    const read = documentOfText(next);
    if (read !== undefined) setDocumentOnly(read);
  }, []);
  const setDocument = useCallback((next: JsonObject) => {
    setDocumentOnly(next);
    setTextOnly(textOfDocument(next));
  }, []);
  return {
    document,
    text,
    isReadable: documentOfText(text) !== undefined,
    isChanged,
    isStale: isChanged && baseId !== newest.id,
    setDocument,
    setText,
    discard: () => {
      setDocument(newest.blueprint);
      setBaseId(newest.id);
    },
  };
}
