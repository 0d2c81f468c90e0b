// A clock that only the test moves.

/** @implements {Clock} */
export class ManualClock {
  #now = 0;
  /** @type {{ due: number, callback: () => void }[]} */
  #timers = [];

  now() {
    return this.#now;
  }

  /** The machine's own clock: the first of January 2026, and what went by. */
  wallTime() {
    return Date.UTC(2026, 0) + this.#now;
  }

  /**
   * @param {number} milliseconds
   * @param {() => void} callback
   */
  after(milliseconds, callback) {
    const timer = { due: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many callbacks are waited for. */
  get pending() {
    return this.#timers.length;
  }

  /** @param {number} milliseconds */
  advance(milliseconds) {
    this.#now += milliseconds;
    const due = this.#timers.filter((timer) => timer.due <= this.#now).sort((a, b) => a.due - b.due);
    this.#timers = this.#timers.filter((timer) => timer.due > this.#now);
    for (const { callback } of due) callback();
  }
}

/** @typedef {import("../../client/avatar-relay.js").Clock} Clock */
