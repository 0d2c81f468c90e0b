// What a client does after a WebSocket close code.

/**
 * 1001 going away, 1005 and 1006 no code, 1011 internal error; 1012 and 1013 (IANA): restart, try again later.
 */
const RECONNECT = new Set([1001, 1005, 1006, 1011, 1012, 1013]);

/**
 * 4000–4499 mean "reconnect" and 4500–4999 "do not", known or not; of RFC 6455's own, those above mean "reconnect".
 * @param {number} code
 * @returns {"reconnect" | "stop"}
 */
export function actionAfterClose(code) {
  if (code >= 4000 && code <= 4499) return "reconnect";
  return RECONNECT.has(code) ? "reconnect" : "stop";
}
