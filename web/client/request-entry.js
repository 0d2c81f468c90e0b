// One request on its way, and the ways in which it ends.
import { SignalingError } from "./signaling-error.js";

/**
 * @typedef {object} Entry
 * @property {string} method
 * @property {any} params
 * @property {(result: any) => void} resolve
 * @property {(error: SignalingError) => void} reject
 * @property {((result: any, how: { late: boolean }) => void) | undefined} onResult
 * @property {((position: number) => void) | undefined} [onQueued]
 * @property {number} timeoutMs
 * @property {boolean} [urgent] goes before all that waits
 * @property {(() => void) | undefined} cancelTimer
 * @property {number} id 0 until it was sent for the first time; sent again, it keeps its number
 */

/**
 * Whether a request goes with its session from connection to connection. To resume belongs to the connection.
 * @param {Entry} entry
 */
export function belongsToSession({ method, params }) {
  return typeof params?.session === "string" && method !== "session.resume";
}

/**
 * @param {string} session
 * @returns {(entry: Entry) => boolean}
 */
export function isAbout(session) {
  return (entry) => belongsToSession(entry) && entry.params.session === session;
}

/**
 * Resolves when a request is settled, in whatever way.
 * @param {Entry} entry
 * @returns {Promise<void>}
 */
export function settling(entry) {
  const { resolve, reject } = entry;
  return new Promise((done) => {
    entry.resolve = (result) => (resolve(result), done());
    entry.reject = (error) => (reject(error), done());
  });
}

/**
 * @param {Entry} entry
 * @param {any} result
 */
export function succeed(entry, result) {
  entry.cancelTimer?.();
  try {
    entry.onResult?.(result, { late: false });
    entry.resolve(result);
  } catch (error) {
    entry.reject(SignalingError.from(error, "client.peerFailed", "The browser could not use the answer"));
  }
}

/**
 * @param {Entry} entry
 * @param {SignalingError} error
 */
export function end(entry, error) {
  entry.cancelTimer?.();
  entry.reject(error);
}

/**
 * @param {Entry} entry
 * @param {import("./protocol.js").ClientErrorKind} kind
 * @param {string} message
 */
export function fault(entry, kind, message) {
  return new SignalingError({ kind, message, method: entry.method, retryable: kind === "client.overload" });
}
