// What a client does after a WebSocket close code, and after how long at the least.

/** @typedef {import("./protocol.js").CloseAction} CloseAction */

/**
 * 1005 and 1006 no code, 1011 internal error; 1012 and 1013 (IANA): restart, try again later. Ours: 4001 no pong, 4002
 * read too slowly. The sessions live on for their grace time.
 */
const RESUME = new Set([1005, 1006, 1011, 1012, 1013, 4001, 4002]);

/** 1001 and 1011 mean trouble of the server, 4000 that it leaves, 4002 that it was too much: a moment helps. */
const AFTER_A_MOMENT = new Set([1001, 1011, 1012, 1013, 4000, 4002]);
const MOMENT_MS = 1_000;

/** Other connections resumed all sessions of this one. */
export const TAKEN_OVER = 4502;

/**
 * 4000–4499 mean "connect again" and 4500–4999 "do not", known or not.
 * @param {number} code
 * @returns {CloseAction}
 */
export function actionAfterClose(code) {
  if (RESUME.has(code)) return "resume";
  return code === 1001 || (code >= 4000 && code <= 4499) ? "reconnect" : "stop";
}

/**
 * How long to wait before connecting again, in milliseconds, before the spread.
 * @param {number} code
 */
export function pauseAfterClose(code) {
  return AFTER_A_MOMENT.has(code) ? MOMENT_MS : 0;
}
