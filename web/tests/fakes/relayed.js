// A client or a session with everything around it faked, ready for a test.
import { AvatarSession, SignalingClient } from "../../client/avatar-relay.js";
import { ManualClock } from "./clock.js";
import { peerFactory } from "./peer.js";
import { settle } from "./settle.js";
import { socketFactory } from "./socket.js";

export const url = "ws://relay.test/v1/signaling";

/** A client whose connection is open. */
export async function connectedClient() {
  const { WebSocket, sockets } = socketFactory();
  const clock = new ManualClock();
  const client = new SignalingClient({ url, WebSocket, clock });
  const connecting = client.connect();
  sockets[0].accept();
  await connecting;
  return { client, clock, sockets, socket: sockets[0] };
}

/** @type {import("../../client/protocol.js").OpenedSession} */
export const openedByProvider = {
  session: "s1",
  secret: "hush",
  provider: "did",
  offer: { type: "offer", sdp: "v=0\r\n" },
  iceServers: [{ urls: ["stun:stun.test"] }],
  dataChannel: { openedBy: "client", label: "JanusDataChannel", frames: "text" },
  limits: { graceMs: 0, maxTextBytes: 100, text: { unit: "bytes", min: 1, max: 100 } },
  capabilities: { interrupt: "relay", extend: false, ssml: true, audio: true, trickle: true, parts: "joined" },
};

/**
 * A session that was constructed, with the fakes that it will meet.
 * @param {Partial<import("../../client/avatar-relay.js").SessionOptions>} [options]
 */
export function newSession(options = {}) {
  const { WebSocket, sockets } = socketFactory();
  const { peers, RTCPeerConnection, MediaStream } = peerFactory();
  const clock = new ManualClock();
  const page = new EventTarget();
  const all = { url, provider: "did", WebSocket, RTCPeerConnection, MediaStream, clock, page, ...options };
  const session = new AvatarSession(/** @type {import("../../client/avatar-relay.js").SessionOptions} */ (all));
  return { session, sockets, peers, clock, page };
}

/**
 * A session whose answer the provider accepted.
 * @param {Partial<import("../../client/avatar-relay.js").SessionOptions>} [options]
 * @param {Partial<import("../../client/protocol.js").OpenedSession>} [opened]
 */
export async function connectedSession(options = {}, opened = {}) {
  const made = newSession(options);
  const starting = made.session.start();
  await settle();
  const [socket] = made.sockets;
  socket.accept();
  await settle();
  socket.answer("session.open", { ...openedByProvider, ...opened });
  let seq = 0;
  const notify = (/** @type {string} */ method, /** @type {object} */ params) =>
    socket.notify(method, { session: "s1", seq: (seq += 1), ...params });
  notify("session.state", { state: "offered" });
  await settle();
  socket.answer("session.answer");
  notify("session.state", { state: "connecting" });
  await starting;
  return { ...made, socket, peer: made.peers[0], notify };
}

/**
 * Limits of a session that may be resumed.
 *
 * @type {import("../../client/protocol.js").Limits}
 */
export const graceful = { graceMs: 30_000, maxTextBytes: 100, text: { unit: "bytes", min: 1, max: 100 } };

/**
 * A session that may be resumed, and what a test does with its connections.
 * @param {Partial<import("../../client/avatar-relay.js").SessionOptions>} [options]
 * @param {Partial<import("../../client/protocol.js").OpenedSession>} [opened]
 */
export async function resumableSession(options = {}, opened = {}) {
  const made = await connectedSession({ random: () => 0.5, ...options }, { limits: graceful, ...opened });
  const { session, sockets, clock } = made;
  /** @type {import("../../client/avatar-relay.js").SessionStatus[]} */
  const statuses = [];
  session.on("status", (status) => statuses.push(status));
  /** @type {import("../../client/avatar-relay.js").ClosedEvent[]} */
  const endings = [];
  session.on("closed", (event) => endings.push(event));
  /** The next connection is made and accepted; the client asks for its session on it. */
  const reconnect = async () => {
    clock.advance(10_000);
    await settle();
    const socket = /** @type {import("./socket.js").FakeSocket} */ (sockets.at(-1));
    socket.accept();
    await settle();
    return socket;
  };
  return { ...made, statuses, endings, reconnect };
}
