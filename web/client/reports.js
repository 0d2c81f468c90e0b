// Tells the relay what only the browser can see.

/** The longest data-channel message that the relay takes, in UTF-8 bytes. */
const MAX_MESSAGE_BYTES = 16 * 1024;

/**
 * Turns what a peer connection does into `session.report` parameters, in the order in which it happens.
 * @param {import("./peer-link.js").PeerLink} peer
 * @param {(report: import("./protocol.js").Report) => void} tell
 */
export function reportPeer(peer, tell) {
  peer.events.on("ice", (iceConnectionState) => tell({ iceConnectionState }));
  peer.events.on("pair", (candidatePair) => tell({ candidatePair }));
  peer.channelEvents.on("state", ({ state }) => state !== "connecting" && tell({ dataChannelState: state }));
  peer.channelEvents.on("message", ({ text }) => {
    // A longer one is no event of any provider, and half of one would mislead.
    if (new TextEncoder().encode(text).length <= MAX_MESSAGE_BYTES) tell({ dataChannelMessage: text });
  });
}
