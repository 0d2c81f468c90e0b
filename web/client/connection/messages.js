// Reads the relay's JSON-RPC messages, and shows every message, with its secrets taken out, to whoever listens.

/**
 * @typedef {(
 *   | { kind: "notification", method: string, params: Record<string, any> }
 *   | { kind: "response", id: number, outcome: Outcome }
 *   | { kind: "unaddressedError", error: import("../protocol.js").ErrorObject }
 *   | { kind: "malformed", why: string }
 * )} Incoming what a message from the relay is; an error without an id answers what the relay could not read
 */
/** @typedef {{ result: any } | { error: import("../protocol.js").ErrorObject }} Outcome */

/**
 * The JSON object in a WebSocket message; undefined if there is none.
 * @param {unknown} data
 * @returns {Record<string, any> | undefined}
 */
export function parse(data) {
  if (typeof data !== "string") return undefined;
  try {
    const value = JSON.parse(data);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {Record<string, any> | undefined} message
 * @returns {Incoming}
 */
export function classify(message) {
  if (!message) return { kind: "malformed", why: "The relay sent what is not a JSON object." };
  const { id, method, params, error } = message;
  if (typeof method === "string") {
    if (!isObject(params)) return { kind: "malformed", why: `The relay sent ${method} without params.` };
    return { kind: "notification", method, params };
  }
  if (id === null && isObject(error)) return { kind: "unaddressedError", error };
  if (Number.isSafeInteger(id) && isObject(error)) return { kind: "response", id, outcome: { error } };
  if (Number.isSafeInteger(id) && "result" in message) {
    return { kind: "response", id, outcome: { result: message.result } };
  }
  return { kind: "malformed", why: "The relay sent neither an answer nor a notification." };
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Shows each message that is sent or received as a `message` event. */
export class MessageLog {
  #clock;
  #events;
  #startedAt = 0;

  /**
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {import("./emitter.js").Emitter<import("../avatar-relay.js").ConnectionEvents>} events
   */
  constructor(clock, events) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Times are counted from here. */
  start() {
    this.#startedAt = this.#clock.now();
  }

  /**
   * @param {"sent" | "received"} direction
   * @param {Record<string, unknown> | undefined} message
   * @param {string} text the message as it travels, for its size
   */
  add(direction, message, text) {
    if (!this.#events.hasListeners("message")) return;
    const bytes = new TextEncoder().encode(text).length;
    const at = this.#clock.now() - this.#startedAt;
    this.#events.emit("message", { direction, at, bytes, message: redact(message) });
  }
}

const HIDDEN = "[redacted]";
const SECRET_MEMBERS = new Set(["secret", "credential", "token"]);

/**
 * A deep copy in which secrets, TURN credentials, room tokens and ICE passwords (those of an SDP) are replaced.
 * @template Message
 * @param {Message} message
 * @returns {Message}
 */
export function redact(message) {
  return /** @type {Message} */ (redactMember("", message));
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {unknown}
 */
function redactMember(name, value) {
  if (SECRET_MEMBERS.has(name) && value !== null && value !== undefined) return HIDDEN;
  if (Array.isArray(value)) return value.map((item) => redactMember("", item));
  if (typeof value === "string") {
    return name === "sdp" ? value.replace(/^(a=ice-pwd:)[^\r\n]*/gm, `$1${HIDDEN}`) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, item]) => [member, redactMember(member, item)]));
}
