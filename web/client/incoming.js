// Tells what a message from the relay is: an answer, a notification, or neither.

/**
 * @typedef {(
 *   | { kind: "notification", method: string, params: Record<string, any> }
 *   | { kind: "answer", id: number, answer: { result: any } | { error: import("./protocol.js").ErrorObject } }
 *   | { kind: "complaint", error: import("./protocol.js").ErrorObject }
 *   | { kind: "malformed", why: string }
 * )} Incoming
 */

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
  if (id === null && isObject(error)) return { kind: "complaint", error };
  if (Number.isSafeInteger(id) && isObject(error)) return { kind: "answer", id, answer: { error } };
  if (Number.isSafeInteger(id) && "result" in message) {
    return { kind: "answer", id, answer: { result: message.result } };
  }
  return { kind: "malformed", why: "The relay sent neither an answer nor a notification." };
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
