/** Who had a turn lately. It must not know whose turns they are, nor for what. */

export class Turns {
  /** The latest last. */
  readonly #taken = new Set<string>();

  take(name: string): void {
    this.#taken.delete(name);
    this.#taken.add(name);
  }

  /** Those that never had a turn first, in the order given; then those whose last turn was the longest ago. */
  inOrder(names: readonly string[]): readonly string[] {
    const asking = new Set(names);
    return [
      ...names.filter((name) => !this.#taken.has(name)),
      ...[...this.#taken].filter((name) => asking.has(name)),
    ];
  }
}
