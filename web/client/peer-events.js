// Turns what a peer connection does into events of the session.
import { SignalingError } from "./signaling-error.js";

/**
 * @param {import("./peer-link.js").PeerLink} peer
 * @param {import("./session-listeners.js").SessionListeners} listeners
 * @param {MediaStream} stream collects the tracks
 */
export function forwardPeer(peer, listeners, stream) {
  peer.events.on("candidate", (candidate) => listeners.emit("candidate", { from: "browser", candidate }));
  peer.events.on("pair", (pair) => listeners.emit("candidatepair", pair));
  peer.events.on("track", (track) => {
    stream.addTrack(track);
    listeners.emit("track", { track, stream });
  });
  let media = "none";
  peer.events.on("ice", (state) => {
    listeners.emit("ice", { state });
    if (state === "connected" || state === "completed") media = "found";
    // Chromium says "disconnected" where no pair ever worked, and "failed" long after.
    if (media === "missed" || !(state === "failed" || (state === "disconnected" && media === "none"))) return;
    media = "missed";
    const message = "No path for media was found between this browser and the provider.";
    listeners.complain(new SignalingError({ kind: "client.iceFailed", message }));
  });
  peer.channelEvents.on("state", (event) => listeners.emit("channel", event));
  peer.channelEvents.on("message", (event) => listeners.emit("channelmessage", event));
}
