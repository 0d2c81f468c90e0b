// Follows one JSON-RPC request from its call to its end, and names the errors it ends with when no response comes.
import { SignalingError } from "./signaling-error.js";

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {any} params
 * @property {number} timeoutMs how long the response may take
 * @property {boolean} urgent whether it goes before all that waits
 * @property {((result: any, how: { late: boolean }) => void) | undefined} onResult called before the caller has it
 * @property {((position: number) => void) | undefined} onQueued
 * @property {(result: any) => void} resolve
 * @property {(error: SignalingError) => void} reject
 */

export class PendingRequest {
  /** 0 until it was sent for the first time; sent again, it keeps its id. */
  id = 0;
  #call;
  /** @type {(() => void) | undefined} */
  #cancelTimer;
  #markSettled = () => {};

  /** @param {Call} call */
  constructor(call) {
    this.#call = call;
    /** Resolves once the caller has a result or an error. */
    this.settled = new Promise((/** @type {(value?: undefined) => void} */ resolve) => (this.#markSettled = resolve));
  }

  get method() {
    return this.#call.method;
  }
  get params() {
    return this.#call.params;
  }
  get timeoutMs() {
    return this.#call.timeoutMs;
  }
  get isUrgent() {
    return this.#call.urgent;
  }
  get wasSent() {
    return this.id > 0;
  }
  get hasTimer() {
    return this.#cancelTimer !== undefined;
  }

  /**
   * The session with which it goes from connection to connection; undefined where it belongs to one connection, as
   * `session.resume` does.
   * @returns {string | undefined}
   */
  get session() {
    const { method, params } = this.#call;
    return typeof params?.session === "string" && method !== "session.resume" ? params.session : undefined;
  }

  /**
   * Begins its time, or begins it anew.
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {() => void} expired
   */
  startTimer(clock, expired) {
    this.#cancelTimer?.();
    this.#cancelTimer = clock.after(this.#call.timeoutMs, expired);
  }

  stopTimer() {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** @param {number} position */
  queuedAt(position) {
    this.#call.onQueued?.(position);
  }

  /** @param {any} result */
  succeed(result) {
    try {
      this.#call.onResult?.(result, { late: false });
    } catch (error) {
      return this.fail(SignalingError.from(error, "client.peerFailed", "The browser could not use the answer"));
    }
    this.stopTimer();
    this.#call.resolve(result);
    this.#markSettled();
  }

  /**
   * Hands on a result that came after the caller was told that there is none.
   * @param {any} result
   */
  succeedLate(result) {
    this.#call.onResult?.(result, { late: true });
  }

  /** @param {SignalingError} error */
  fail(error) {
    this.stopTimer();
    this.#call.reject(error);
    this.#markSettled();
  }

  /**
   * @param {import("../protocol.js").ClientErrorKind} kind
   * @param {string} message
   */
  failWith(kind, message) {
    this.fail(new SignalingError({ kind, message, method: this.method, retryable: kind === "client.overload" }));
  }
}

/**
 * @param {string} method
 * @param {import("../avatar-relay.js").ConnectionState} state
 */
export function connectionNotOpen(method, state) {
  return new SignalingError({ kind: "client.connectionClosed", message: `The connection is ${state}.`, method });
}

/**
 * The error of a request on a connection that was not let in.
 * @param {string} method
 * @param {string} reason
 */
export function accessDenied(method, reason) {
  return new SignalingError({ kind: "access.denied", message: `The relay refuses the token (${reason}).`, method });
}

/**
 * The error of a request whose response will not come. Whether one that was sent took effect is not known. A text to
 * speak, which is billed, is then never called retryable and never sent again.
 * @param {string} method
 * @param {boolean} sent
 * @param {string} why
 * @param {boolean} [retryable] whether there may be another connection
 */
export function responseLost(method, sent, why, retryable = true) {
  if (sent && method === "session.speak") {
    const message = `${why}; whether the text is spoken is not known.`;
    return new SignalingError({ kind: "talk.unknown", message, method });
  }
  const message = sent ? `${why}.` : `${why}; the request was not sent.`;
  return new SignalingError({ kind: "client.connectionClosed", message, retryable, method });
}
