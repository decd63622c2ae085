/** A draft of a blueprint that outlives a reload, kept per integration and revision it began from. It must not know how it is edited. */
import type { JsonObject } from '../api/answers.ts';
import { isJsonObject } from '../json.ts';

/** Where drafts are kept; the browser's localStorage fits. */
export interface DraftShelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const key = (templateId: string): string => `signal.draft.${templateId}`;

export interface KeptDraft {
  /** The revision that it began from; another one may be the newest by now. */
  readonly baseId: string;
  readonly text: string;
}

export function keptDraft(shelf: DraftShelf, templateId: string): KeptDraft | undefined {
  const kept = parsed(shelf.getItem(key(templateId)) ?? '');
  if (!isJsonObject(kept)) return undefined;
  const { baseId, text } = kept;
  return typeof baseId === 'string' && typeof text === 'string' ? { baseId, text } : undefined;
}

export function keepDraft(shelf: DraftShelf, templateId: string, draft: KeptDraft): void {
  shelf.setItem(key(templateId), JSON.stringify(draft));
}

export function dropDraft(shelf: DraftShelf, templateId: string): void {
  shelf.removeItem(key(templateId));
}

/** As people read it. */
export function textOfDocument(document: JsonObject): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The document of a text; undefined while it is not a JSON object. */
export function documentOfText(text: string): JsonObject | undefined {
  const value = parsed(text);
  return isJsonObject(value) ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
