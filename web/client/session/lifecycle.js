// Decides in which state a session is, and what of that a page shows (its status) and the next page must know.
import { SignalingError } from "../connection/signaling-error.js";

/** @typedef {import("../protocol.js").OpenedSession} OpenedSession */
/** @typedef {import("../protocol.js").SessionState} SessionState */
/** @typedef {import("../avatar-relay.js").SessionStatus} SessionStatus */

export class SessionLifecycle {
  #listeners;
  #store;
  /** @type {SessionState | "new"} */
  #state = "new";
  /** @type {OpenedSession | undefined} */
  #opened;
  #isOver = false;
  /** Whether the relay is known to have it no more; until then the next page may have to close it. */
  isGone = false;

  /**
   * @param {import("./events.js").SessionListeners} listeners
   * @param {import("./reload.js").ResumeStore | undefined} store
   */
  constructor(listeners, store) {
    this.#listeners = listeners;
    this.#store = store;
    this.status = new StatusTracker((status) => listeners.emit("status", status));
  }

  get state() {
    return this.#state;
  }
  get opened() {
    return this.#opened;
  }
  get isOver() {
    return this.#isOver;
  }

  /** @param {string} method */
  idFor(method) {
    if (this.#opened && !this.#isOver) return this.#opened.session;
    const message = this.#isOver ? "The session is over." : "The session is not open yet.";
    throw new SignalingError({ kind: "client.wrongState", message, method });
  }

  /** @param {OpenedSession} opened */
  open(opened) {
    this.#opened = opened;
    this.#store?.opened(opened);
    this.status.attached();
  }

  /**
   * Takes over the session that an earlier page left, where that can go on.
   * @param {import("./reload.js").StoredSession} stored
   */
  continue({ opened, state }) {
    if (!opened?.room) return;
    this.#opened = opened;
    this.status.attached();
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
    this.#isOver = true;
    this.enter("closed");
  }

  /**
   * Tells that it is over.
   * @param {import("../avatar-relay.js").ClosedEvent} event
   */
  announceEnd(event) {
    if (this.isGone || event.reason === "takenOver") this.#store?.forget();
    this.status.ended(event);
    this.#listeners.emit("closed", event);
  }
}

/** Brings what connection and session do into the one value that a page shows. */
class StatusTracker {
  #changed;
  /** @type {SessionStatus} */
  #value = { phase: "new" };
  /** Whether the relay has not given the session out yet: a connection alone is not enough. */
  #isNew = true;

  /** @param {(status: SessionStatus) => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  get value() {
    return this.#value;
  }

  /** @param {import("../avatar-relay.js").ConnectionEvents["state"]} event */
  connectionChanged(event) {
    if (event.state === "resuming") {
      this.#enter({ phase: "resuming", attempt: event.attempt, nextInMs: event.nextInMs });
    } else if (event.state === "open" && this.#isNew) {
      this.connecting();
    }
  }

  connecting() {
    this.#enter({ phase: "connecting" });
  }

  /**
   * The opening waits for a place.
   * @param {number} position
   */
  waiting(position) {
    this.#enter({ phase: "waiting", position });
  }

  /** The connection has the session, for the first time or again. */
  attached() {
    this.#isNew = false;
    this.#enter({ phase: "connected" });
  }

  /** @param {import("../avatar-relay.js").ClosedEvent} event */
  ended({ reason, action, afterMs }) {
    this.#enter({ phase: "ended", reason, action, afterMs });
  }

  /** @param {SessionStatus} value */
  #enter(value) {
    if (this.#value.phase === "ended" || JSON.stringify(value) === JSON.stringify(this.#value)) return;
    this.#value = value;
    this.#changed(value);
  }
}
