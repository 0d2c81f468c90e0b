// What a request is rejected with whose answer will not come.
import { SignalingError } from "./signaling-error.js";

/**
 * @param {string} method
 * @param {import("./avatar-relay.js").ConnectionState} state
 */
export function notOpen(method, state) {
  return new SignalingError({ kind: "client.connectionClosed", message: `The connection is ${state}.`, method });
}

/**
 * A request on a connection that was not let in.
 * @param {string} method
 * @param {string} reason
 */
export function denied(method, reason) {
  return new SignalingError({ kind: "access.denied", message: `The relay refuses the token (${reason}).`, method });
}

/**
 * Whether a request that was sent took effect is not known. A text to speak, which is billed, is then never called
 * retryable and never sent again.
 * @param {string} method
 * @param {boolean} sent
 * @param {string} words
 * @param {boolean} [retryable] whether a connection may come about again
 */
export function lostAnswer(method, sent, words, retryable = true) {
  if (sent && method === "session.speak") {
    const message = `${words}; whether the text is spoken is not known.`;
    return new SignalingError({ kind: "talk.unknown", message, method });
  }
  const message = sent ? `${words}.` : `${words}; the request was not sent.`;
  return new SignalingError({ kind: "client.connectionClosed", message, retryable, method });
}
