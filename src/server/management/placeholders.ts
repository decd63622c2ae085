/** Ids that stand for what only a vendor's answer could tell: digits while an action runs, words when people look. It must not know any vendor. */

/** Above any real id, and still exact as a number. */
const FIRST = 9_007_199_200_000_000;

export class Placeholders {
  readonly #ids = new Map<string, string>();
  readonly #words = new Map<string, string>();

  /** The id that stands for these words; the same for the same words. */
  idOf(words: string): string {
    const known = this.#ids.get(words);
    if (known !== undefined) return known;
    const id = String(FIRST + this.#ids.size);
    this.#ids.set(words, id);
    this.#words.set(id, `‹${words}›`);
    return id;
  }

  /** With the words in place of their ids. */
  inText(text: string): string {
    return text.replaceAll(/90071992\d{8}/g, (id) => this.#words.get(id) ?? id);
  }

  /** The same for a request's body: what was JSON stays JSON. */
  inBody(body: string): string {
    if (!this.#occursIn(body)) return body;
    const parsed = parsedJson(body);
    return parsed === undefined ? this.inText(body) : JSON.stringify(this.#inValue(parsed));
  }

  #occursIn(text: string): boolean {
    return this.inText(text) !== text;
  }

  #inValue(value: unknown): unknown {
    if (typeof value === 'string') return this.inText(value);
    if (typeof value === 'number') return this.#words.get(String(value)) ?? value;
    if (Array.isArray(value)) return value.map((each) => this.#inValue(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.#inValue(inner)]));
  }
}

/** Undefined for what is no JSON, such as a form or a body that was cut. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
