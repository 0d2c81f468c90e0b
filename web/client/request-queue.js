// Which requests wait for their turn and which for their answer, each for a bounded time.
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./avatar-relay.js").Clock} Clock */
/**
 * @typedef {object} Entry
 * @property {string} method
 * @property {object | undefined} params
 * @property {(result: any) => void} resolve
 * @property {(error: SignalingError) => void} reject
 * @property {((result: any, how: { late: boolean }) => void) | undefined} onResult
 * @property {(() => void) | undefined} cancelTimer
 * @property {number} id 0 while it waits for its turn
 */

/** The relay takes 64 requests in flight on a connection; four places stay free for closing sessions. */
export const MAX_IN_FLIGHT = 60;
/** How many more may wait in the browser. */
export const MAX_WAITING = 256;
/** How many requests that ran out of time are remembered, so that a late answer can still be acted upon. */
export const MAX_LATE = 32;

export class RequestQueue {
  #write;
  #clock;
  /** @type {Entry[]} */
  #waiting = [];
  /** @type {Map<number, Entry>} */
  #inFlight = new Map();
  /** @type {Map<number, Entry>} */
  #late = new Map();

  /**
   * @param {Clock} clock
   * @param {(method: string, params: object | undefined) => number} write sends it, returns its id
   */
  constructor(clock, write) {
    this.#clock = clock;
    this.#write = write;
  }

  /**
   * Sends a request now, or as soon as fewer are in flight.
   * @param {Omit<Entry, "cancelTimer" | "id">} request
   * @param {number} timeoutMs
   */
  add(request, timeoutMs) {
    /** @type {Entry} */
    const entry = { ...request, cancelTimer: undefined, id: 0 };
    const urgent = entry.method === "session.close";
    if (!urgent && this.#waiting.length >= MAX_WAITING) {
      entry.reject(fault(entry, "client.overload", `${MAX_WAITING} requests wait for their turn already.`));
      return;
    }
    entry.cancelTimer = this.#clock.after(timeoutMs, () => this.#expire(entry, timeoutMs));
    if (urgent || this.#inFlight.size < MAX_IN_FLIGHT) this.#send(entry);
    else this.#waiting.push(entry);
  }

  /**
   * Hands an answer to whoever asked; false if nobody did.
   * @param {number} id
   * @param {{ result: any } | { error: import("./protocol.js").ErrorObject }} answer
   */
  settle(id, answer) {
    const entry = this.#inFlight.get(id);
    if (!entry) return this.#settleLate(id, answer);
    this.#inFlight.delete(id);
    entry.cancelTimer?.();
    if ("error" in answer) entry.reject(SignalingError.fromObject(answer.error, entry.method));
    else hand(entry, answer.result);
    this.#sendWaiting();
    return true;
  }

  /**
   * Rejects everything: the connection is gone.
   * @param {(method: string) => SignalingError} reason
   */
  failAll(reason) {
    const entries = [...this.#inFlight.values(), ...this.#waiting];
    this.#inFlight.clear();
    this.#late.clear();
    this.#waiting = [];
    for (const entry of entries) {
      entry.cancelTimer?.();
      entry.reject(reason(entry.method));
    }
  }

  /** @param {Entry} entry */
  #send(entry) {
    entry.id = this.#write(entry.method, entry.params);
    this.#inFlight.set(entry.id, entry);
  }

  #sendWaiting() {
    while (this.#inFlight.size < MAX_IN_FLIGHT) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#send(next);
    }
  }

  /**
   * @param {Entry} entry
   * @param {number} timeoutMs
   */
  #expire(entry, timeoutMs) {
    if (entry.id === 0) {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      entry.reject(fault(entry, "client.timeout", `Not sent within ${timeoutMs} ms: too many requests before it.`));
      return;
    }
    this.#inFlight.delete(entry.id);
    this.#late.set(entry.id, entry);
    const [oldest] = this.#late.keys();
    if (this.#late.size > MAX_LATE && oldest !== undefined) this.#late.delete(oldest);
    entry.reject(fault(entry, "client.timeout", `No answer within ${timeoutMs} ms; it may still have taken effect.`));
    this.#sendWaiting();
  }

  /**
   * @param {number} id
   * @param {{ result: any } | { error: object }} answer
   */
  #settleLate(id, answer) {
    const entry = this.#late.get(id);
    if (!entry) return false;
    this.#late.delete(id);
    if ("result" in answer) entry.onResult?.(answer.result, { late: true });
    return true;
  }
}

/**
 * @param {Entry} entry
 * @param {any} result
 */
function hand(entry, result) {
  try {
    entry.onResult?.(result, { late: false });
    entry.resolve(result);
  } catch (error) {
    entry.reject(SignalingError.from(error, "client.peerFailed", "The browser could not use the answer"));
  }
}

/**
 * @param {Entry} entry
 * @param {import("./protocol.js").ClientErrorKind} kind
 * @param {string} message
 */
function fault(entry, kind, message) {
  return new SignalingError({ kind, message, method: entry.method, retryable: kind === "client.overload" });
}
