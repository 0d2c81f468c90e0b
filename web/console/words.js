// Puts into words where a session stands, what keeps it waiting, and how long something took.

/**
 * Where a session stands, in a title and a sentence.
 * @param {import("../client/protocol.js").SessionState | "new"} state
 * @param {RTCIceConnectionState} ice
 * @param {boolean} isRoom whether the provider handed out a room
 * @returns {[title: string, words: string]}
 */
export function situation(state, ice, isRoom) {
  const broken = ice === "failed" || ice === "disconnected";
  switch (state) {
    case "new":
      return ["Nobody here yet", "Choose a provider and connect."];
    case "opening":
      return ["Connecting", "Opening a session at the provider."];
    case "offered":
    case "answering":
      return ["Negotiating", "Answering the provider's offer."];
    case "connecting":
      if (isRoom) return ["Signaling is up", "The provider handed out a room, which this page does not enter."];
      if (broken) return ["Signaling is up, no media", "No path for media was found. You can speak all the same."];
      return ["Signaling is up, no media yet", "The provider accepted the answer. Looking for a path for media."];
    case "live":
      if (broken) return ["Media is interrupted", "The path for media broke; the browser looks for another."];
      return ["Live", "Waiting for the first picture."];
    case "closing":
      return ["Closing", "Ending the session at the provider."];
    case "closed":
      return ["Session over", "Connect again to go on."];
    default:
      // A newer relay may know more states (docs/protocol.md, "Versions").
      return ["Under way", `The relay says: ${state}.`];
  }
}

/**
 * @typedef {object} Waiting
 * @property {string} title
 * @property {string} words
 * @property {number | undefined} inMs until the next attempt; undefined where there is nothing to count down to
 * @property {string} [queue] why it has to wait its turn, for how long nobody knows
 */

/**
 * What keeps a session waiting; undefined while all is well.
 * @param {import("../client/avatar-relay.js").SessionStatus} status
 * @returns {Waiting | undefined}
 */
export function waitingWords(status) {
  if (status.phase === "waiting") {
    const before = status.position - 1;
    const words = before === 0 ? "You are next." : `${before} ${before === 1 ? "is" : "are"} before you.`;
    const why = "All sessions that the account or the relay may have are taken; one that ends makes room.";
    return { title: "Waiting for a place at the provider", words, inMs: undefined, queue: why };
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

/**
 * A span of time as people read it.
 * @param {number} milliseconds
 */
export function elapsed(milliseconds) {
  if (milliseconds < 10_000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
