// Tells typed events to listeners, none of which can harm the one who emits.

/** @typedef {{ hear: (event: any) => void, as: Function }} Entry a listener, and the function that it was added as */

/**
 * @template Events an object type: event name to event
 */
export class Emitter {
  /** @type {Map<keyof Events, Set<Entry>>} */
  #listeners = new Map();

  /**
   * Adds a listener and returns a function that takes it away again.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(event: Events[Name]) => void} listener
   * @param {Function} [as] what `off` takes away, where the listener is a wrapper of it
   * @returns {() => void}
   */
  on(name, listener, as = listener) {
    // A set of entries, so that one function added twice is two listeners with two ways out.
    const entry = { hear: listener, as };
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(entry));
    return () => void listeners.delete(entry);
  }

  /**
   * Takes away every listener that was added as this function.
   * @param {keyof Events} name
   * @param {Function} listener
   */
  off(name, listener) {
    const listeners = this.#listeners.get(name);
    for (const entry of listeners ?? []) if (entry.as === listener) listeners?.delete(entry);
  }

  /**
   * Calls every listener. One that throws does not keep the next from hearing; its error surfaces as an uncaught one.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} event
   */
  emit(name, event) {
    for (const { hear } of [...(this.#listeners.get(name) ?? [])]) {
      try {
        hear(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /**
   * Whether anybody would hear it.
   * @param {keyof Events} name
   */
  hasListeners(name) {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }
}
