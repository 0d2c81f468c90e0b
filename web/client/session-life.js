// Where a session stands, and what of it the next page has to know.
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./protocol.js").OpenedSession} OpenedSession */
/** @typedef {import("./protocol.js").SessionState} SessionState */

export class SessionLife {
  #listeners;
  #status;
  #store;
  /** @type {SessionState | "new"} */
  #state = "new";
  /** @type {OpenedSession | undefined} */
  #opened;
  #over = false;
  /** Whether the relay is known to have it no more; until then the next page may have to look after it. */
  isGone = false;

  /**
   * @param {import("./session-listeners.js").SessionListeners} listeners
   * @param {import("./session-status.js").SessionStatus} status
   * @param {import("./resume-store.js").ResumeStore | undefined} store
   */
  constructor(listeners, status, store) {
    this.#listeners = listeners;
    this.#status = status;
    this.#store = store;
  }

  get state() {
    return this.#state;
  }
  get opened() {
    return this.#opened;
  }
  get isOver() {
    return this.#over;
  }

  /** @param {string} method */
  idFor(method) {
    if (this.#opened && !this.#over) return this.#opened.session;
    const message = this.#over ? "The session is over." : "The session is not open yet.";
    throw new SignalingError({ kind: "client.wrongState", message, method });
  }

  /** @param {OpenedSession} opened */
  remember(opened) {
    this.#opened = opened;
    this.#store?.opened(opened);
    this.#status.attach();
  }

  /**
   * Takes over what an earlier page left, where that can go on.
   * @param {import("./resume-store.js").Leftover} left
   */
  continue({ opened, state }) {
    if (!opened?.room) return;
    this.#opened = opened;
    this.#status.attach();
    this.enter(state);
  }

  /** @param {SessionState} state */
  enter(state) {
    if (state === this.#state || this.#state === "closed") return;
    const previous = this.#state;
    this.#state = state;
    this.#store?.entered(state);
    this.#listeners.emit("state", { state, previous });
    if (state === "live") this.#listeners.emit("live", { session: this.idFor("live") });
  }

  /** Nothing can be asked of it any more. */
  end() {
    this.#over = true;
    this.enter("closed");
  }

  /**
   * Tells that it is over.
   * @param {import("./avatar-relay.js").ClosedEvent} event
   */
  tellEnd(event) {
    if (this.isGone || event.reason === "takenOver") this.#store?.forget();
    this.#status.end(event);
    this.#listeners.emit("closed", event);
  }
}
