// Asks the relay to open and to close a session, and says why an opening ended.
import { SignalingError } from "../connection/signaling-error.js";

/** @typedef {import("../avatar-relay.js").ClosedEvent} ClosedEvent */
/** @typedef {Pick<import("../connection/signaling-client.js").SignalingClient, "request">} Requests */

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
