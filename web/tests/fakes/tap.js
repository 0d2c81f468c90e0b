// A text that comes piece by piece, when the test says so.

/** @implements {AsyncIterableIterator<any>} */
export class Tap {
  /** How many pieces were asked for. */
  asked = 0;
  /** Whether it was told that nobody wants more. */
  isClosed = false;
  /** @type {((outcome: Promise<IteratorResult<any, undefined>>) => void)[]} */
  #waiting = [];
  /** @type {Promise<IteratorResult<any, undefined>>[]} */
  #ready = [];

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<any, undefined>>} */
  next() {
    this.asked += 1;
    return this.#ready.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @returns {Promise<IteratorResult<any, undefined>>} */
  return() {
    this.isClosed = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  /** @param {any[]} pieces */
  give(...pieces) {
    for (const value of pieces) this.#come(Promise.resolve({ done: false, value }));
  }

  end() {
    this.#come(Promise.resolve({ done: true, value: undefined }));
  }

  /** @param {unknown} error */
  fail(error) {
    const failed = Promise.reject(error);
    // It may be asked for later.
    failed.catch(() => {});
    this.#come(failed);
  }

  /** @param {Promise<IteratorResult<any, undefined>>} outcome */
  #come(outcome) {
    const resolve = this.#waiting.shift();
    if (resolve) resolve(outcome);
    else this.#ready.push(outcome);
  }
}
