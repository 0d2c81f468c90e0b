// Turns what the relay says of a session into what happens in it.
import { SignalingError } from "./signaling-error.js";

/**
 * @typedef {object} Effects
 * @property {import("./session-listeners.js").SessionListeners} listeners
 * @property {import("./session-status.js").SessionStatus} status
 * @property {import("./talk-book.js").TalkBook} talks
 * @property {(state: import("./protocol.js").SessionState) => void} enter
 * @property {(candidate: import("./protocol.js").CandidateInit | null) => void} addCandidate
 * @property {(event: import("./avatar-relay.js").ClosedEvent) => void} end
 * @property {(snapshot: import("./protocol.js").Snapshot) => void} resync
 */

/**
 * Ignores what is about another session, and what a newer relay may say that this client does not know.
 * @param {import("./protocol.js").Notification} notification
 * @param {string | undefined} session
 * @param {Effects} effects
 */
export function follow({ method, params }, session, { listeners, talks, enter, addCandidate, end }) {
  if (method === "server.draining") return listeners.emit("draining", params);
  if (method === "request.queued" || params.session !== session) return;
  switch (method) {
    case "session.state":
      return enter(params.state);
    case "session.talk":
      talks.note(params.talk, params.phase);
      return listeners.emit("talk", talkEvent(params));
    case "session.candidate":
      listeners.emit("candidate", { from: "provider", candidate: params.candidate });
      return addCandidate(params.candidate);
    case "session.expiring":
      return listeners.emit("expiring", params);
    case "session.closed":
      return end({ reason: params.reason, action: params.action, closeCode: undefined, afterMs: params.afterMs });
  }
}

/**
 * Tells what a summary of the relay knows and this client did not.
 * @param {import("./protocol.js").Snapshot} snapshot
 * @param {Effects} effects
 */
export function catchUp({ state, talks: known }, { listeners, talks, enter }) {
  enter(state);
  for (const missed of talks.missed(known)) {
    talks.note(missed.talk, missed.phase);
    listeners.emit("talk", { ...missed, estimated: false, error: undefined });
  }
}

/**
 * @param {import("./protocol.js").Notifications["session.talk"]} params
 * @returns {import("./avatar-relay.js").TalkEvent}
 */
function talkEvent({ talk, phase, estimated = false, durationMs, error }) {
  return { talk, phase, estimated, durationMs, error: error && SignalingError.fromObject(error) };
}
