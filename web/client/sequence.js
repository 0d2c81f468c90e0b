// Watches the growing number that every notification about a session carries.

export class Sequence {
  #last = 0;

  /** The highest number that came. */
  get last() {
    return this.#last;
  }

  /**
   * Goes on after this number, whatever came before.
   * @param {number} seq
   */
  jump(seq) {
    this.#last = seq;
  }

  /**
   * Judges the next notification: in order, some missing before it, or already seen.
   * @param {number} seq
   * @returns {"next" | "gap" | "repeated"}
   */
  accept(seq) {
    if (seq <= this.#last) return "repeated";
    const verdict = seq === this.#last + 1 ? "next" : "gap";
    this.#last = seq;
    return verdict;
  }
}
