// The ways in which a session ends, as events and as errors.
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./avatar-relay.js").ClosedEvent} ClosedEvent */

/** @type {Readonly<ClosedEvent>} */
export const endedByClient = { reason: "client", action: "stop", closeCode: undefined, afterMs: undefined };

/** @type {Readonly<ClosedEvent>} */
export const endedUnopened = { reason: "openFailed", action: "stop", closeCode: undefined, afterMs: undefined };

/** Errors of requests in the background that only say that it is over, which `closed` says better. */
const OVER = new Set(["session.closed", "session.notFound", "client.connectionClosed"]);

/**
 * Whether an error says no more than that the session is over.
 * @param {SignalingError} error
 */
export function saysOver({ kind }) {
  return OVER.has(kind);
}

/**
 * What an opening is rejected with that ended before it was done.
 * @param {Readonly<ClosedEvent>} event
 */
export function endedEarly({ reason, closeCode }) {
  if (reason === "client") return cancelled();
  const kind = closeCode === undefined ? "session.closed" : "client.connectionClosed";
  return new SignalingError({ kind, message: `The session ended before it was negotiated (${reason}).` });
}

export function cancelled() {
  return new SignalingError({ kind: "client.cancelled", message: "The session was closed before it was open." });
}
