/** Tells listeners that something changed. It must not know what. */

/** A failing listener is the listener's own mistake: it is thrown outside of the commit that gave the hint. */
export class Hints<Told = void> {
  readonly #listeners = new Set<(told: Told) => void>();

  /** Returns the function that ends listening. */
  listen(listener: (told: Told) => void): () => void {
    const entry = (told: Told): void => listener(told);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  give(told: Told): void {
    for (const listener of [...this.#listeners]) queueMicrotask(() => listener(told));
  }
}
