// What keeps a session waiting, in words; nothing while all is well.

/**
 * @typedef {object} Waiting
 * @property {string} title
 * @property {string} words
 * @property {number | undefined} inMs until the next attempt; undefined where there is nothing to count down to
 */

/**
 * @param {import("../client/avatar-relay.js").SessionStatus} status
 * @returns {Waiting | undefined}
 */
export function waitingWords(status) {
  if (status.phase === "waiting") {
    const before = status.position - 1;
    const words = before === 0 ? "You are next." : `${before} ${before === 1 ? "is" : "are"} before you.`;
    return { title: "Waiting for a place at the provider", words, inMs: undefined };
  }
  if (status.phase === "resuming") {
    const { attempt, nextInMs } = status;
    const words = `Sound and pictures go on, and what you ask for waits. Attempt ${attempt}`;
    const title = "The connection to the relay is lost";
    return { title, words: nextInMs === 0 ? `${words} is under way.` : `${words} in `, inMs: nextInMs || undefined };
  }
  return undefined;
}

/**
 * @param {import("../client/avatar-relay.js").SessionEvents["resumed"]} event
 */
export function resumedWords({ afterMs, replayed, resynced }) {
  const away = afterMs < 1000 ? `${Math.round(afterMs)} ms` : `${(afterMs / 1000).toFixed(1)} s`;
  if (resynced) return `It was away for ${away}, and too much happened meanwhile to be told one by one.`;
  const missed = replayed === 1 ? "1 message that was missed follows" : `${replayed} messages that were missed follow`;
  return replayed === 0 ? `It was away for ${away}, and missed nothing.` : `It was away for ${away}; ${missed}.`;
}
