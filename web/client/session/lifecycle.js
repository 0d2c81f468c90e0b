// Leads a session from its opening to its end: asks the relay for both, and decides in which state and status it is.
import { SignalingError } from "../connection/signaling-error.js";

/** @typedef {import("../protocol.js").OpenedSession} OpenedSession */
/** @typedef {import("../protocol.js").SessionState} SessionState */
/** @typedef {import("../avatar-relay.js").SessionStatus} SessionStatus */
/** @typedef {import("../avatar-relay.js").ClosedEvent} ClosedEvent */
/** @typedef {Pick<import("../connection/signaling-client.js").SignalingClient, "request">} Requests */

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
   * @param {ClosedEvent} event
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

  /** @param {ClosedEvent} event */
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

/** Opening may take a provider many seconds. */
const OPEN_TIMEOUT_MS = 60_000;
/** How often it is asked in all where the connection is lost before the response. */
const MAX_OPEN_ATTEMPTS = 3;
const CLOSE_TIMEOUT_MS = 10_000;
/** How long `session.closed` is waited for after the relay answered that it closes. */
const CLOSED_TIMEOUT_MS = 3_000;

/**
 * A connection that is lost while a session opens takes it along: the relay ends what nobody has the secret of. So it
 * is asked for anew, as a request of its own.
 * @param {Requests} client
 * @param {import("../protocol.js").Methods["session.open"]["params"]} params
 * @param {object} how
 * @param {(result: import("../protocol.js").OpenedSession) => void} how.onResult also for a response that came too late
 * @param {(position: number) => void} how.onQueued
 * @param {() => boolean} how.isCancelled whether nobody wants it any more
 */
export async function openAtRelay(client, params, { onResult, onQueued, isCancelled }) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.request("session.open", params, { timeoutMs: OPEN_TIMEOUT_MS, onResult, onQueued });
    } catch (error) {
      const lost = error instanceof SignalingError && error.kind === "client.connectionClosed" && error.retryable;
      if (!lost || isCancelled() || attempt === MAX_OPEN_ATTEMPTS) throw error;
    }
  }
}

/**
 * Resolves once the relay answered and, if that is to be waited for, `session.closed` came. Throws as a request does.
 * @param {Requests} client
 * @param {string} session
 * @param {Promise<unknown>} [closed]
 * @param {import("../avatar-relay.js").Clock} [clock]
 */
export async function closeAtRelay(client, session, closed, clock) {
  await client.request("session.close", { session }, { timeoutMs: CLOSE_TIMEOUT_MS });
  if (!closed || !clock) return;
  /** @type {Promise<void>} */
  const timeout = new Promise((resolve) => {
    const cancel = clock.after(CLOSED_TIMEOUT_MS, resolve);
    closed.then(cancel);
  });
  await Promise.race([closed, timeout]);
}

/** @type {Readonly<ClosedEvent>} */
export const closedByClient = { reason: "client", action: "stop", closeCode: undefined, afterMs: undefined };

/** @type {Readonly<ClosedEvent>} */
export const openFailed = { reason: "openFailed", action: "stop", closeCode: undefined, afterMs: undefined };

/**
 * The error with which an opening is rejected that ended before it was done.
 * @param {Readonly<ClosedEvent>} event
 */
export function endedWhileOpening({ reason, closeCode }) {
  if (reason === "client") return openingCancelled();
  const kind = closeCode === undefined ? "session.closed" : "client.connectionClosed";
  return new SignalingError({ kind, message: `The session ended before it was negotiated (${reason}).` });
}

export function openingCancelled() {
  return new SignalingError({ kind: "client.cancelled", message: "The session was closed before it was open." });
}
