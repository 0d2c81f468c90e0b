// Turns what the relay says about a session into the session's events, and tells them to its listeners.
import { TAKEN_OVER } from "../connection/connection.js";
import { Emitter } from "../connection/emitter.js";
import { SignalingError } from "../connection/signaling-error.js";

/** @typedef {import("../avatar-relay.js").ClosedEvent} ClosedEvent */
/** @typedef {import("../avatar-relay.js").SessionEvents} SessionEvents */
/** @typedef {import("../protocol.js").Snapshot} Snapshot */

/**
 * What happens only once is also told to whoever listens later.
 * @type {ReadonlySet<string>}
 */
const ONCE = new Set(["live", "ready", "closed"]);
/** Errors of requests in the background that only say that the session is over, which `closed` says better. */
const SAYS_OVER = new Set(["session.closed", "session.notFound", "client.connectionClosed"]);

export class SessionListeners {
  /** @type {Emitter<SessionEvents>} */
  #emitter = new Emitter();
  /** @type {Map<string, any>} */
  #past = new Map();
  /** @type {Set<{ as: Function, cancel: () => void }>} listeners that are about to be told what is past */
  #late = new Set();

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {(event: SessionEvents[Name]) => void} listener
   * @param {Function} [as] what `off` takes away
   * @returns {() => void}
   */
  on(name, listener, as = listener) {
    let wanted = this.#past.has(name);
    const remove = this.#emitter.on(name, listener, as);
    if (!wanted) return remove;
    const late = { as, cancel: () => (wanted = false) };
    this.#late.add(late);
    queueMicrotask(() => {
      this.#late.delete(late);
      if (wanted) listener(this.#past.get(name));
    });
    return () => {
      late.cancel();
      remove();
    };
  }

  /**
   * @param {keyof SessionEvents} name
   * @param {Function} listener
   */
  off(name, listener) {
    for (const { as, cancel } of this.#late) if (as === listener) cancel();
    this.#emitter.off(name, listener);
  }

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {(event: SessionEvents[Name]) => void} listener
   * @returns {() => void}
   */
  once(name, listener) {
    const once = (/** @type {SessionEvents[Name]} */ event) => {
      remove();
      listener(event);
    };
    const remove = this.on(name, once, listener);
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
   * Tells an error that nobody awaits; where nobody listens either, the browser's console shows it.
   * @param {SignalingError} error
   */
  reportError(error) {
    if (this.#emitter.hasListeners("error")) this.#emitter.emit("error", error);
    else console.warn(`avatar-relay: ${error.kind}: ${error.message}`);
  }

  /**
   * Tells when work fails that nobody awaits.
   * @param {Promise<unknown>} work
   */
  inBackground(work) {
    work.catch((error) => this.backgroundFailed(error));
  }

  /**
   * Tells a failure of such work, unless it says no more than that the session is over.
   * @param {unknown} error
   */
  backgroundFailed(error) {
    const fault = SignalingError.from(error, "client.peerFailed", "The browser failed");
    if (!SAYS_OVER.has(fault.kind)) this.reportError(fault);
  }
}

/**
 * @typedef {object} Target where a session takes in what the relay says
 * @property {() => string | undefined} id the session's, once there is one
 * @property {SessionListeners} listeners
 * @property {import("./lifecycle.js").SessionLifecycle} lifecycle
 * @property {import("./talks.js").TalkPhases} talks
 * @property {(candidate: import("../protocol.js").CandidateInit | null) => void} addCandidate
 * @property {(text: string) => void} sendOnDataChannel throws `client.channelNotOpen`
 * @property {(event: ClosedEvent) => void} sessionEnded
 * @property {(event: ClosedEvent) => void} connectionEnded
 */

/**
 * Takes in what is about one session. Returns a function that stops it.
 * @param {import("../avatar-relay.js").SignalingClient} client
 * @param {Target} target
 */
export function listenToClient(client, target) {
  const { id, listeners, lifecycle } = target;
  const stops = [
    client.on("state", (event) => {
      lifecycle.status.connectionChanged(event);
      listeners.emit("connection", event);
    }),
    client.on("message", (event) => listeners.emit("message", event)),
    client.on("error", (error) => listeners.reportError(error)),
    client.on("notification", (notification) => apply(notification, target)),
    client.on("resumed", ({ session, afterMs, replayed, resync }) => {
      if (session !== id()) return;
      lifecycle.status.attached();
      if (resync) applySnapshot(resync, target);
      listeners.emit("resumed", { afterMs, replayed, resynced: resync !== undefined });
    }),
    client.on("ended", ({ session, ...event }) => session === id() && target.sessionEnded(event)),
    client.on("closed", ({ code, action }) => {
      const reason = code === TAKEN_OVER ? "takenOver" : "connectionLost";
      const next = action === "stop" ? "stop" : "reconnect";
      target.connectionEnded({ reason, action: next, closeCode: code, afterMs: undefined });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * Ignores what is about another session, and what a newer relay may say that this client does not know.
 * @param {import("../protocol.js").Notification} notification
 * @param {Target} target
 */
function apply({ method, params }, target) {
  const { id, listeners, lifecycle, talks, addCandidate, sessionEnded } = target;
  if (method === "server.draining") return listeners.emit("draining", params);
  if (method === "request.queued" || params.session !== id()) return;
  switch (method) {
    case "session.state":
      return lifecycle.enter(params.state);
    case "session.talk":
      talks.note(params.talk, params.phase);
      return listeners.emit("talk", talkEvent(params));
    case "session.interrupted":
      return cutOff(params, target);
    case "session.candidate":
      listeners.emit("candidate", { from: "provider", candidate: params.candidate });
      return addCandidate(params.candidate);
    case "session.expiring":
      return listeners.emit("expiring", params);
    case "session.closed":
      return sessionEnded({
        reason: params.reason,
        action: params.action,
        closeCode: undefined,
        afterMs: params.afterMs,
      });
  }
}

/**
 * Cuts off a talk that had no name yet when it was interrupted. Nobody waits for it, so what fails is an event.
 * @param {import("../protocol.js").Notifications["session.interrupted"]} params
 * @param {Target} target
 */
function cutOff({ sendOnDataChannel, error }, { listeners, sendOnDataChannel: send }) {
  if (error) return listeners.reportError(SignalingError.fromObject(error));
  if (sendOnDataChannel === undefined) return;
  try {
    send(sendOnDataChannel);
  } catch (fault) {
    listeners.reportError(SignalingError.from(fault, "client.channelNotOpen", "The talk could not be cut off"));
  }
}

/**
 * Tells what the relay's snapshot of the session knows and this client did not.
 * @param {Snapshot} snapshot
 * @param {Target} target
 */
function applySnapshot(snapshot, { listeners, lifecycle, talks }) {
  lifecycle.enter(snapshot.state);
  for (const missed of talks.missed(snapshot.talks)) {
    talks.note(missed.talk, missed.phase);
    listeners.emit("talk", { ...missed, estimated: false, error: undefined });
  }
}

/**
 * @param {import("../protocol.js").Notifications["session.talk"]} params
 * @returns {import("../avatar-relay.js").TalkEvent}
 */
function talkEvent({ talk, phase, estimated = false, durationMs, error }) {
  return { talk, phase, estimated, durationMs, error: error && SignalingError.fromObject(error) };
}
