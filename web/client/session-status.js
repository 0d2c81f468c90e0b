// Where a session stands, in one value that a page can show.

/** @typedef {import("./avatar-relay.js").SessionStatus} Status */

export class SessionStatus {
  #changed;
  /** @type {Status} */
  #value = { phase: "new" };
  /** Whether the relay has not given the session out yet: a connection alone is not enough. */
  #isNew = true;

  /** @param {(status: Status) => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  get value() {
    return this.#value;
  }

  /** @param {import("./avatar-relay.js").ConnectionEvents["state"]} event */
  follow(event) {
    if (event.state === "resuming") {
      this.#enter({ phase: "resuming", attempt: event.attempt, nextInMs: event.nextInMs });
    } else if (event.state === "open" && this.#isNew) {
      this.begin();
    }
  }

  begin() {
    this.#enter({ phase: "connecting" });
  }

  /**
   * The opening waits for a place.
   * @param {number} position
   */
  wait(position) {
    this.#enter({ phase: "waiting", position });
  }

  /** The connection has the session, for the first time or again. */
  attach() {
    this.#isNew = false;
    this.#enter({ phase: "connected" });
  }

  /** @param {import("./avatar-relay.js").ClosedEvent} event */
  end({ reason, action, afterMs }) {
    this.#enter({ phase: "ended", reason, action, afterMs });
  }

  /** @param {Status} value */
  #enter(value) {
    if (this.#value.phase === "ended" || JSON.stringify(value) === JSON.stringify(this.#value)) return;
    this.#value = value;
    this.#changed(value);
  }
}
