// A tab's session storage, which may be made to refuse.

/** @implements {StorageLike} */
export class FakeStorage {
  /** @type {Map<string, string>} */
  items = new Map();
  /** @type {Error | undefined} what every use throws */
  refusal;

  /** @param {string} key */
  getItem(key) {
    this.#check();
    return this.items.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#check();
    this.items.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#check();
    this.items.delete(key);
  }

  #check() {
    if (this.refusal) throw this.refusal;
  }
}

/** @typedef {import("../../client/avatar-relay.js").StorageLike} StorageLike */
