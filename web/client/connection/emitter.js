// Tells typed events to listeners, none of which can harm the one who emits.

/**
 * @template Events an object type: event name to event
 */
export class Emitter {
  /** @type {Map<keyof Events, Set<(event: any) => void>>} */
  #listeners = new Map();

  /**
   * Adds a listener and returns a function that takes it away again.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(event: Events[Name]) => void} listener
   * @returns {() => void}
   */
  on(name, listener) {
    // A set of wrappers, so that one function added twice is two listeners with two ways out.
    const entry = (/** @type {Events[Name]} */ event) => listener(event);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(entry));
    return () => void listeners.delete(entry);
  }

  /**
   * Calls every listener. One that throws does not keep the next from hearing; its error surfaces as an uncaught one.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} event
   */
  emit(name, event) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(event);
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
