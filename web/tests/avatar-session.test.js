// The session: what it does by itself, what it tells, and how it ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AvatarSession } from "../client/avatar-relay.js";
import { connectedClient, connectedSession, newSession, openedByProvider } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";

/** @typedef {import("../client/protocol.js").CandidateInit} CandidateInit */

test("a session needs a url or a client", () => {
  assert.throws(() => new AvatarSession({ provider: "did" }), { name: "TypeError" });
});

test("the data channel is opened before the offer is set, and the answer is sent once it is local", async () => {
  const { peer } = await connectedSession();
  assert.deepEqual(peer.calls, [
    "createDataChannel JanusDataChannel",
    "setRemoteDescription offer",
    "createAnswer",
    "setLocalDescription answer",
  ]);
  assert.deepEqual(peer.configuration, { iceServers: [{ urls: ["stun:stun.test"] }] });
});

test("a provider's channel is awaited, its binary frames are read as text, and all is reported", async () => {
  const dataChannel = /** @type {const} */ ({ openedBy: "provider", frames: "binary" });
  const { peer, socket, session } = await connectedSession({}, { dataChannel });
  /** @type {unknown[]} */
  const heard = [];
  session.on("channel", (event) => heard.push(event));
  session.on("channelmessage", (event) => heard.push(event));
  const channel = peer.providerOpens("events");
  assert.equal(channel.binaryType, "arraybuffer");
  channel.open();
  channel.binaryMessage('{"type":"avatar_start_talking"}');
  channel.message("text too");
  channel.close();
  assert.deepEqual(heard, [
    { state: "connecting", label: "events" },
    { state: "open", label: "events" },
    { text: '{"type":"avatar_start_talking"}', binary: true },
    { text: "text too", binary: false },
    { state: "closed", label: "events" },
  ]);
  const reports = socket.sent.filter((message) => message.method === "session.report").map((message) => message.params);
  assert.deepEqual(reports, [
    { session: "s1", dataChannelState: "open" },
    { session: "s1", dataChannelMessage: '{"type":"avatar_start_talking"}' },
    { session: "s1", dataChannelMessage: "text too" },
    { session: "s1", dataChannelState: "closed" },
  ]);
});

test("a channel message too long for the relay is heard here and not reported", async () => {
  const { peer, socket, session } = await connectedSession();
  let length = 0;
  session.on("channelmessage", ({ text }) => (length = text.length));
  const before = socket.sent.length;
  peer.channels[0].message("ü".repeat(8193));
  assert.equal(length, 8193);
  assert.equal(socket.sent.length, before);
  peer.channels[0].message("ü".repeat(8192));
  assert.equal(socket.sent.length, before + 1);
});

test("candidates found before the answer is sent follow it, in order; the end is told once", async () => {
  const { session, sockets, peers } = newSession();
  const starting = session.start();
  sockets[0].accept();
  await settle();
  sockets[0].answer("session.open", openedByProvider);
  const init = (/** @type {number} */ n) => ({ candidate: `candidate:${n}`, sdpMid: "a", sdpMLineIndex: 0, usernameFragment: "u" });
  peers[0].gather(init(1));
  peers[0].gather(init(2));
  await settle();
  peers[0].gather(init(3));
  peers[0].gather({ ...init(4), candidate: "" });
  peers[0].gather(null);
  const sent = sockets[0].sent.slice(1);
  assert.deepEqual(sent.map((message) => message.method), [
    "session.answer",
    ...Array(4).fill("session.candidate"),
  ]);
  assert.deepEqual(sent.slice(1).map((message) => message.params.candidate), [init(1), init(2), init(3), null]);
  sockets[0].answer("session.answer");
  await starting;
});

test("without trickle the answer waits for all candidates, and none is sent alone", async () => {
  const { session, sockets, peers, clock } = newSession();
  const starting = session.start();
  sockets[0].accept();
  await settle();
  sockets[0].answer("session.open", { ...openedByProvider, capabilities: { ...openedByProvider.capabilities, trickle: false } });
  await settle();
  peers[0].gather({ candidate: "candidate:1", sdpMid: "a" });
  assert.equal(sockets[0].sent.length, 1);
  peers[0].iceGatheringState = "complete";
  peers[0].onicegatheringstatechange?.();
  await settle();
  assert.deepEqual(sockets[0].sent.map((message) => message.method), ["session.open", "session.answer"]);
  sockets[0].answer("session.answer");
  await starting;
  assert.equal(clock.pending, 0);
});

test("gathering that never ends is not waited for for ever", async () => {
  const { session, sockets, clock } = newSession();
  const starting = session.start();
  sockets[0].accept();
  await settle();
  sockets[0].answer("session.open", { ...openedByProvider, capabilities: { ...openedByProvider.capabilities, trickle: false } });
  await settle();
  clock.advance(5000);
  await settle();
  assert.equal(sockets[0].sent.at(-1).method, "session.answer");
  sockets[0].answer("session.answer");
  await starting;
});

test("where the browser offers, the provider's candidates wait for its answer", async () => {
  const { session, sockets, peers } = newSession();
  const starting = session.start();
  const [socket] = sockets;
  socket.accept();
  await settle();
  socket.answer("session.open", { ...openedByProvider, offer: undefined });
  await settle();
  assert.equal(socket.sent.at(-1).method, "session.offer");
  socket.notify("session.candidate", { session: "s1", seq: 1, candidate: { candidate: "candidate:9", sdpMid: "0" } });
  assert.deepEqual(peers[0].remoteCandidates, []);
  socket.answer("session.offer", { answer: { type: "answer", sdp: "v=0\r\n" } });
  await starting;
  socket.notify("session.candidate", { session: "s1", seq: 2, candidate: null });
  await settle();
  assert.deepEqual(peers[0].remoteCandidates, [{ candidate: "candidate:9", sdpMid: "0" }, undefined]);
  assert.deepEqual(peers[0].calls.slice(0, 4), [
    "createDataChannel JanusDataChannel",
    "addTransceiver audio recvonly",
    "addTransceiver video recvonly",
    "createOffer",
  ]);
});

test("a room is handed over and no peer connection is made", async () => {
  const { session, sockets, peers } = newSession();
  const starting = session.start();
  sockets[0].accept();
  await settle();
  const room = { url: "wss://rooms.test", token: "t" };
  sockets[0].answer("session.open", { ...openedByProvider, offer: undefined, dataChannel: undefined, room });
  await starting;
  assert.deepEqual(session.room, room);
  assert.equal(peers.length, 0);
});

test("live is told once, and to whoever comes late; the pair is reported once", async () => {
  const { session, peer, socket, notify } = await connectedSession();
  peer.select({ local: "host", remote: "relay", protocol: "udp" });
  peer.ice("connected");
  await settle();
  peer.ice("completed");
  await settle();
  const reports = socket.sent.filter((message) => message.method === "session.report").map((message) => message.params);
  assert.deepEqual(reports, [
    { session: "s1", iceConnectionState: "connected" },
    { session: "s1", candidatePair: { local: "host", remote: "relay", protocol: "udp" } },
    { session: "s1", iceConnectionState: "completed" },
  ]);
  let count = 0;
  session.on("live", () => (count += 1));
  notify("session.state", { state: "live" });
  session.on("live", () => (count += 10));
  session.on("live", () => (count += 100))();
  await settle();
  assert.equal(count, 11);
  assert.equal(session.state, "live");
});

test("speak takes a text or a script, with options", async () => {
  const { session, socket } = await connectedSession();
  const speaking = session.speak("Hello");
  await settle();
  socket.answer("session.speak", { talk: "t1", durationMs: 5 });
  assert.deepEqual(await speaking, { talk: "t1", durationMs: 5 });
  session.speak({ ssml: "<speak/>" }, { name: "n" }).catch(() => {});
  await settle();
  assert.deepEqual(socket.request("session.speak").params, { session: "s1", ssml: "<speak/>", options: { name: "n" } });
});

test("an interruption is sent on the data channel where the relay says so", async () => {
  const { session, socket, peer } = await connectedSession();
  const closed = session.interrupt("t1");
  await settle();
  socket.answer("session.interrupt", { sendOnDataChannel: "stop!" });
  await assert.rejects(closed, { kind: "client.channelNotOpen" });
  peer.channels[0].open();
  const open = session.interrupt();
  await settle();
  socket.answer("session.interrupt", { sendOnDataChannel: "stop!" });
  await open;
  assert.deepEqual(peer.channels[0].sent, ["stop!"]);
});

test("a failed talk carries its error", async () => {
  const { session, notify } = await connectedSession();
  /** @type {import("../client/avatar-relay.js").TalkEvent[]} */
  const talks = [];
  session.on("talk", (event) => talks.push(event));
  const error = { code: 1409, message: "no", data: { kind: "provider.moderation", retryable: false } };
  notify("session.talk", { talk: "t1", phase: "started", estimated: true });
  notify("session.talk", { talk: "t1", phase: "failed", error });
  assert.equal(talks[0].estimated, true);
  assert.equal(talks[1].error?.kind, "provider.moderation");
});

test("before it is open and after it is over, calls say so", async () => {
  const { session } = newSession();
  await assert.rejects(session.speak("x"), { kind: "client.wrongState", message: "The session is not open yet." });
  const { session: other, socket } = await connectedSession();
  socket.drop(1011);
  await assert.rejects(other.extend(), { kind: "client.wrongState", message: "The session is over." });
});

test("close asks the relay once, waits for its last word, and then closes the connection", async () => {
  const { session, socket, peer, notify, clock } = await connectedSession();
  /** @type {unknown[]} */
  const endings = [];
  session.on("closed", (event) => endings.push(event));
  const closing = session.close();
  assert.equal(session.close(), closing);
  await settle();
  notify("session.state", { state: "closing" });
  socket.answer("session.close");
  await settle();
  assert.equal(socket.closedWith, undefined);
  notify("session.state", { state: "closed" });
  notify("session.closed", { reason: "client", action: "stop" });
  await closing;
  assert.equal(socket.sent.filter((message) => message.method === "session.close").length, 1);
  assert.equal(socket.closedWith, 1000);
  assert.equal(peer.calls.at(-1), "close");
  session.on("closed", (event) => endings.push(event));
  await settle();
  const once = { reason: "client", action: "stop", closeCode: undefined };
  assert.deepEqual(endings, [once, once]);
  clock.advance(1e6);
});

test("close does not wait for ever for a relay that says nothing", async () => {
  const { session, socket, clock } = await connectedSession();
  const closing = session.close();
  await settle();
  socket.answer("session.close");
  await settle();
  clock.advance(3000);
  await closing;
  assert.equal(session.state, "closed");
  const silent = await connectedSession();
  const errors = listen(silent.session);
  const ending = silent.session.close();
  await settle();
  silent.clock.advance(10_000);
  await ending;
  assert.deepEqual(errors, ["client.timeout"]);
  assert.equal(silent.socket.closedWith, 1000);
});

/** @param {AvatarSession} session */
function listen(session) {
  /** @type {string[]} */
  const kinds = [];
  session.on("error", (error) => kinds.push(error.kind));
  return kinds;
}

test("the relay's ending is told with reason and action, and what still waits fails quietly", async () => {
  const { session, socket, peer, notify } = await connectedSession();
  const errors = listen(session);
  peer.ice("checking");
  /** @type {unknown[]} */
  const endings = [];
  session.on("closed", (event) => endings.push(event));
  notify("session.closed", { reason: "idle", action: "reconnect" });
  await settle();
  assert.deepEqual(endings, [{ reason: "idle", action: "reconnect", closeCode: undefined }]);
  assert.deepEqual(errors, []);
  assert.equal(socket.closedWith, 1000);
});

test("a lost connection ends the session with the action of its close code", async () => {
  for (const [code, action] of [[4000, "reconnect"], [1006, "reconnect"], [4500, "stop"]]) {
    const { session, socket, peer } = await connectedSession();
    /** @type {unknown[]} */
    const endings = [];
    session.on("closed", (event) => endings.push(event));
    socket.drop(Number(code));
    assert.deepEqual(endings, [{ reason: "connectionLost", action, closeCode: code }]);
    assert.equal(peer.calls.at(-1), "close");
  }
});

test("a page that goes closes the connection at once", async () => {
  const { page, socket, session } = await connectedSession();
  page.dispatchEvent(new Event("pagehide"));
  assert.equal(socket.closedWith, 1000);
  await settle();
  assert.equal(session.state, "closed");
});

test("a page that goes closes the session, not the connection, where it is shared", async () => {
  const { client, socket } = await connectedClient();
  const page = new EventTarget();
  const { session, peers } = newSession({ client, url: undefined, page });
  const starting = session.start();
  await settle();
  socket.answer("session.open", openedByProvider);
  await settle();
  socket.answer("session.answer");
  await starting;
  page.dispatchEvent(new Event("pagehide"));
  await settle();
  assert.equal(socket.sent.at(-1).method, "session.close");
  socket.answer("session.close");
  socket.notify("session.closed", { session: "s1", seq: 1, reason: "client", action: "stop" });
  await settle();
  assert.equal(session.state, "closed");
  assert.equal(peers[0].calls.at(-1), "close");
  assert.equal(client.state, "open");
});

test("an aborted opening leaves nothing behind, at whatever moment", async () => {
  const before = new AbortController();
  before.abort();
  const aborted = newSession({ signal: before.signal });
  await assert.rejects(aborted.session.start(), { kind: "client.cancelled" });
  const connecting = new AbortController();
  const early = newSession({ signal: connecting.signal });
  const starting = early.session.start();
  connecting.abort();
  await assert.rejects(starting, { kind: "client.cancelled" });
  assert.equal(early.sockets[0].closedWith, 1000);
  const opening = new AbortController();
  const late = newSession({ signal: opening.signal });
  const working = late.session.start();
  late.sockets[0].accept();
  await settle();
  opening.abort();
  await assert.rejects(working, { kind: "client.cancelled" });
  assert.equal(late.sockets[0].closedWith, 1000);
});

test("a session that opens after it was given up is closed, also on a shared connection", async () => {
  const { client, socket } = await connectedClient();
  const { session } = newSession({ client, url: undefined });
  const starting = session.start();
  await settle();
  await session.close();
  await assert.rejects(starting, { kind: "client.cancelled" });
  socket.answer("session.open", openedByProvider);
  await settle();
  assert.deepEqual(socket.sent.at(-1).params, { session: "s1" });
  assert.equal(socket.sent.at(-1).method, "session.close");
});

test("a session that opens after its time is closed", async () => {
  const { client, socket, clock } = await connectedClient();
  const { session } = newSession({ client, url: undefined });
  const starting = session.start();
  await settle();
  clock.advance(60_000);
  await assert.rejects(starting, { kind: "client.timeout" });
  socket.answer("session.open", openedByProvider);
  assert.equal(socket.sent.at(-1).method, "session.close");
  assert.deepEqual(socket.sent.at(-1).params, { session: "s1" });
});

test("a refused opening has nothing to close", async () => {
  const { client, socket } = await connectedClient();
  const { session } = newSession({ client, url: undefined });
  const starting = session.start();
  await settle();
  socket.refuse("session.open", { code: 1412, message: "no", data: { kind: "provider.unavailable", retryable: true } });
  await assert.rejects(starting, { kind: "provider.unavailable", retryable: true });
  assert.equal(socket.sent.length, 1);
  assert.equal(client.state, "open");
});

test("an answer that the provider refuses closes the session and keeps the refusal", async () => {
  const { session, sockets, peers } = newSession();
  const starting = session.start();
  const [socket] = sockets;
  socket.accept();
  await settle();
  socket.answer("session.open", openedByProvider);
  await settle();
  socket.refuse("session.answer", { code: 1408, message: "no", data: { kind: "provider.rejected", retryable: false } });
  await settle();
  assert.equal(socket.sent.at(-1).method, "session.close");
  socket.answer("session.close");
  await assert.rejects(starting, { kind: "provider.rejected" });
  assert.equal(session.state, "closed");
  assert.equal(socket.closedWith, 1000);
  assert.equal(peers[0].calls.at(-1), "close");
});

test("an offer that the browser refuses closes the session and says why", async () => {
  const { session, sockets, peers } = newSession();
  const starting = session.start();
  const [socket] = sockets;
  socket.accept();
  await settle();
  socket.answer("session.open", openedByProvider);
  peers[0].refusal = new Error("m= line");
  await settle();
  socket.answer("session.close");
  await assert.rejects(starting, { kind: "client.peerFailed", message: /m= line/ });
});

test("an ending in the middle of the negotiation rejects the opening with its reason", async () => {
  const { session, sockets } = newSession();
  const starting = session.start();
  const [socket] = sockets;
  socket.accept();
  await settle();
  socket.answer("session.open", openedByProvider);
  socket.notify("session.closed", { session: "s1", seq: 1, reason: "provider", action: "reconnect" });
  await assert.rejects(starting, { kind: "session.closed", message: /provider/ });
});

test("no connection: the opening is rejected with that, and closed is told", async () => {
  const { session, sockets } = newSession();
  /** @type {unknown[]} */
  const endings = [];
  session.on("closed", (event) => endings.push(event.reason));
  const starting = session.start();
  sockets[0].drop(1006);
  await assert.rejects(starting, { kind: "client.connectFailed" });
  assert.deepEqual(endings, ["openFailed"]);
});

test("a browser without WebRTC is told so, and the session is closed", async () => {
  class Missing {
    constructor() {
      throw new TypeError("RTCPeerConnection is not a constructor");
    }
  }
  const { session, sockets } = newSession({ RTCPeerConnection: /** @type {any} */ (Missing) });
  const starting = session.start();
  const [socket] = sockets;
  socket.accept();
  await settle();
  socket.answer("session.open", openedByProvider);
  await settle();
  socket.answer("session.close");
  await assert.rejects(starting, { kind: "client.peerFailed" });
});

test("no path for media is told once, and the session lives on", async () => {
  const { session, peer, socket } = await connectedSession();
  const errors = listen(session);
  peer.ice("checking");
  peer.ice("disconnected");
  peer.ice("failed");
  assert.deepEqual(errors, ["client.iceFailed"]);
  const speaking = session.speak("still");
  await settle();
  socket.answer("session.speak", { talk: "t" });
  await speaking;
});

test("an interruption of media is no failure until it is final", async () => {
  const { session, peer } = await connectedSession();
  const errors = listen(session);
  peer.ice("connected");
  peer.ice("disconnected");
  peer.ice("connected");
  assert.deepEqual(errors, []);
  peer.ice("failed");
  assert.deepEqual(errors, ["client.iceFailed"]);
});

test("tracks are gathered in one stream", async () => {
  const { session, peer } = await connectedSession();
  /** @type {unknown[]} */
  const told = [];
  session.on("track", ({ track, stream }) => told.push([track, stream === session.stream]));
  peer.ontrack?.({ track: { kind: "video" } });
  peer.ontrack?.({ track: { kind: "audio" } });
  assert.equal(session.stream?.getTracks().length, 2);
  assert.deepEqual(told, [[{ kind: "video" }, true], [{ kind: "audio" }, true]]);
});
