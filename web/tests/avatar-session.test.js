// The session: what it does by itself, and what it tells.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AvatarSession } from "../client/avatar-relay.js";
import { listen } from "./fakes/listen.js";
import { connectedSession, newSession, openedByProvider } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";

const withoutTrickle = { ...openedByProvider, capabilities: { ...openedByProvider.capabilities, trickle: false } };

test("a session needs a url or a client", () => {
  // @ts-expect-error: the declarations refuse it, too
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
  const init = (/** @type {number} */ n) =>
    ({ candidate: `candidate:${n}`, sdpMid: "a", sdpMLineIndex: 0, usernameFragment: "u" });
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
  sockets[0].answer("session.open", withoutTrickle);
  await settle();
  peers[0].gather({ candidate: "candidate:1", sdpMid: "a" });
  assert.equal(sockets[0].sent.length, 1);
  peers[0].iceGatheringState = "complete";
  peers[0].onicegatheringstatechange?.();
  await settle();
  assert.deepEqual(sockets[0].sent.map((message) => message.method), ["session.open", "session.answer"]);
  sockets[0].answer("session.answer");
  await starting;
  // One watches for silence on the connection.
  assert.equal(clock.pending, 1);
});

test("gathering that never ends is not waited for for ever", async () => {
  const { session, sockets, clock } = newSession();
  const starting = session.start();
  sockets[0].accept();
  await settle();
  sockets[0].answer("session.open", withoutTrickle);
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
  notify("session.state", { state: "connecting" });
  notify("session.state", { state: "live" });
  await settle();
  assert.equal(count, 11);
  assert.equal(session.state, "live");
});

test("a path is told to the relay once media can flow on it, and no earlier", async () => {
  const { session, peer, socket } = await connectedSession();
  /** @type {string[]} */
  const heard = [];
  session.on("ice", ({ state }) => heard.push(state));
  const reported = () =>
    socket.sent.filter(({ params }) => params.iceConnectionState).map(({ params }) => params.iceConnectionState);
  peer.connection("connecting");
  peer.ice("checking");
  peer.ice("connected");
  assert.deepEqual(heard, ["checking", "connected"]);
  assert.deepEqual(reported(), ["checking"]);
  peer.connection("connected");
  assert.deepEqual(reported(), ["checking", "connected"]);
  peer.ice("completed");
  peer.ice("disconnected");
  peer.connection("disconnected");
  peer.ice("connected");
  assert.deepEqual(reported(), ["checking", "connected", "completed", "disconnected"]);
  peer.connection("connected");
  assert.deepEqual(reported(), ["checking", "connected", "completed", "disconnected", "connected"]);
});

test("a path that cannot be secured is told, and is not live", async () => {
  const { session, peer, socket } = await connectedSession();
  const errors = listen(session);
  peer.connection("connecting");
  peer.ice("connected");
  peer.connection("failed");
  assert.deepEqual(errors, ["client.peerFailed"]);
  assert.deepEqual(socket.sent.filter(({ params }) => params.iceConnectionState), []);
});

/**
 * What became of a promise.
 * @param {Promise<import("../client/avatar-relay.js").TalkEvent>} promise
 */
const outcome = (promise) => promise.then(({ phase }) => phase, ({ kind }) => kind);

test("a talk's end can be waited for, also where it came before its acceptance", async () => {
  const { session, socket, notify } = await connectedSession();
  const speak = async (/** @type {string} */ talk, before = () => {}) => {
    const speaking = session.speak(talk);
    await settle();
    before();
    socket.answer("session.speak", { talk });
    return speaking;
  };
  const [first, second, third] = [await speak("t1"), await speak("t2"), await speak("t3")];
  assert.deepEqual({ ...first }, { talk: "t1" });
  notify("session.talk", { talk: "t1", phase: "started" });
  notify("session.talk", { talk: "t2", phase: "failed", error: { code: 1409, message: "no", data: { kind: "provider.moderation" } } });
  notify("session.talk", { talk: "t1", phase: "ended" });
  assert.equal(await outcome(first.finished), "ended");
  assert.equal(await outcome(second.finished), "provider.moderation");
  const early = await speak("t4", () => notify("session.talk", { talk: "t4", phase: "ended" }));
  assert.equal(await outcome(early.finished), "ended");
  notify("session.closed", { reason: "idle", action: "reconnect" });
  assert.equal(await outcome(third.finished), "session.closed");
});

test("a listener is taken away by itself, however it was added", async () => {
  const { session, notify } = await connectedSession();
  let count = 0;
  const listener = () => void (count += 1);
  session.on("state", listener);
  session.once("state", listener);
  session.on("talk", listener);
  session.off("state", listener);
  session.off("state", listener);
  notify("session.state", { state: "live" });
  session.on("live", listener);
  session.off("live", listener);
  await settle();
  assert.equal(count, 0);
  notify("session.talk", { talk: "t1", phase: "started" });
  assert.equal(count, 1);
});

test("the provider's stream is ready once, and for whoever comes late", async () => {
  const { session, peer } = await connectedSession();
  /** @type {string[]} */
  const heard = [];
  session.on("ready", ({ session: id }) => heard.push(id));
  peer.channels[0].message("stream/started:{}");
  peer.channels[0].message('stream/ready:{"event":"stream/ready"}');
  peer.channels[0].message("stream/ready");
  session.on("ready", () => heard.push("late"));
  await settle();
  assert.deepEqual(heard, ["s1", "late"]);
});

test("half a character is spoken as a replacement character", async () => {
  const { session, socket } = await connectedSession();
  session.speak("😀".slice(0, 1) + "a😀", { user_data: "\ude00" }).catch(() => {});
  await settle();
  const { params } = socket.request("session.speak");
  assert.deepEqual([params.text, params.options.user_data], ["\ufffda😀", "\ufffd"]);
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

test("a talk that was interrupted on its way is cut off once it is accepted, and what fails is an event", async () => {
  const { session, socket, peer, notify } = await connectedSession();
  /** @type {string[]} */
  const kinds = [];
  session.on("error", (error) => kinds.push(error.kind));
  const interrupting = session.interrupt();
  await settle();
  socket.answer("session.interrupt", { pending: true });
  await interrupting;
  notify("session.interrupted", { talk: "t1", sendOnDataChannel: "stop t1" });
  assert.deepEqual(kinds, ["client.channelNotOpen"]);
  peer.channels[0].open();
  notify("session.interrupted", { talk: "t2", sendOnDataChannel: "stop t2" });
  notify("session.interrupted", { talk: "t3" });
  const data = { kind: "provider.unavailable", retryable: true };
  notify("session.interrupted", { talk: "t4", error: { code: 1412, message: "down", data } });
  assert.deepEqual(peer.channels[0].sent, ["stop t2"]);
  assert.deepEqual(kinds, ["client.channelNotOpen", "provider.unavailable"]);
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
