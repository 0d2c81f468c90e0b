// Where a session stands, in a title and a sentence.

/**
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
