// The listeners of a session, where what happens only once is also told to whoever comes late.
import { Emitter } from "./emitter.js";
import { saysOver } from "./session-ends.js";
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./avatar-relay.js").SessionEvents} SessionEvents */

/** @type {ReadonlySet<string>} */
const ONCE = new Set(["live", "closed"]);

export class SessionListeners {
  /** @type {Emitter<SessionEvents>} */
  #emitter = new Emitter();
  /** @type {Map<string, any>} */
  #past = new Map();

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {(event: SessionEvents[Name]) => void} listener
   * @returns {() => void}
   */
  on(name, listener) {
    let wanted = true;
    const remove = this.#emitter.on(name, listener);
    if (this.#past.has(name)) queueMicrotask(() => wanted && listener(this.#past.get(name)));
    return () => {
      wanted = false;
      remove();
    };
  }

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {(event: SessionEvents[Name]) => void} listener
   * @returns {() => void}
   */
  once(name, listener) {
    const remove = this.on(name, (event) => {
      remove();
      listener(event);
    });
    return remove;
  }

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {SessionEvents[Name]} event
   */
  emit(name, event) {
    if (ONCE.has(name)) {
      if (this.#past.has(name)) return;
      this.#past.set(name, event);
    }
    this.#emitter.emit(name, event);
  }

  /**
   * Tells of what nobody awaits; where nobody listens either, the browser's console hears it.
   * @param {SignalingError} error
   */
  complain(error) {
    if (this.#emitter.hears("error")) this.#emitter.emit("error", error);
    else console.warn(`avatar-relay: ${error.kind}: ${error.message}`);
  }

  /**
   * Tells of work that failed and that nobody awaits.
   * @param {Promise<unknown>} work
   */
  background(work) {
    work.catch((error) => this.failed(error));
  }

  /**
   * Tells of a failure that is nobody's answer, unless it says no more than that the session is over.
   * @param {unknown} error
   */
  failed(error) {
    const fault = SignalingError.from(error, "client.peerFailed", "The browser failed");
    if (!saysOver(fault)) this.complain(fault);
  }
}
