// How long a client waits before it tries again: growing, bounded, and spread by chance.

/** The widest pause before the first attempt, in milliseconds; every failed attempt doubles it. */
export const BASE_MS = 250;
/** No pause is wider than this, in milliseconds. */
export const CAP_MS = 10_000;

/**
 * "Full jitter": `random between 0 and min(cap, base * 2 ** attempt)`, which clears a crowd that lost its server at one
 * moment with the fewest calls (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, March 2015).
 */
export class Backoff {
  #random;
  #attempts = 0;

  /** @param {() => number} random from 0 up to, and not including, 1 */
  constructor(random) {
    this.#random = random;
  }

  /** How many pauses were given since the last success. */
  get attempts() {
    return this.#attempts;
  }

  /**
   * The next pause in milliseconds.
   * @param {number} [atLeastMs] what the server asked for; the spread comes on top of it
   */
  next(atLeastMs = 0) {
    const widest = Math.min(CAP_MS, BASE_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    return Math.round(atLeastMs + this.#random() * widest);
  }

  reset() {
    this.#attempts = 0;
  }
}
