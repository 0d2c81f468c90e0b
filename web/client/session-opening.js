// Asks the relay for a session until it gives one, or says why not.
import { SignalingError } from "./signaling-error.js";

/** Opening may take a provider many seconds. */
const OPEN_TIMEOUT_MS = 60_000;
/** How often it is asked in all where the connection is lost before the answer. */
export const MAX_ASKED = 3;

/**
 * A connection that is lost while a session opens takes it along: the relay ends what nobody has the secret of. So it
 * is asked for anew, as a request of its own.
 * @param {Pick<import("./signaling-client.js").SignalingClient, "request">} client
 * @param {import("./protocol.js").Methods["session.open"]["params"]} params
 * @param {object} how
 * @param {(result: import("./protocol.js").OpenedSession) => void} how.onResult also for an answer that came too late
 * @param {import("./session-status.js").SessionStatus} how.status
 * @param {() => boolean} how.isOver whether nobody wants it any more
 */
export async function openSession(client, params, { onResult, status, isOver }) {
  const onQueued = (/** @type {number} */ position) => status.wait(position);
  for (let asked = 1; ; asked += 1) {
    try {
      return await client.request("session.open", params, { timeoutMs: OPEN_TIMEOUT_MS, onResult, onQueued });
    } catch (error) {
      const lost = error instanceof SignalingError && error.kind === "client.connectionClosed" && error.retryable;
      if (!lost || isOver() || asked === MAX_ASKED) throw error;
    }
  }
}
