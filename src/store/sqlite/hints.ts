/** Tells listeners that something changed. It must not know what. */

/** A failing listener is the listener's own mistake: it is thrown outside of the commit that gave the hint. */
export class Hints {
  readonly #listeners = new Set<() => void>();

  /** Returns the function that ends listening. */
  listen(listener: () => void): () => void {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  give(): void {
    for (const listener of [...this.#listeners]) queueMicrotask(listener);
  }
}
