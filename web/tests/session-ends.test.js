// How a session ends: closed, aborted, refused, lost, or left with its page; and that nothing stays open.
import assert from "node:assert/strict";
import { test } from "node:test";
import { listen } from "./fakes/listen.js";
import { connectedClient, connectedSession, newSession, openedByProvider } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";

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
  const once = { reason: "client", action: "stop", closeCode: undefined, afterMs: undefined };
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

test("the relay's ending is told with reason and action, and what still waits fails quietly", async () => {
  const { session, socket, peer, notify } = await connectedSession();
  const errors = listen(session);
  peer.ice("checking");
  /** @type {unknown[]} */
  const endings = [];
  session.on("closed", (event) => endings.push(event));
  notify("session.closed", { reason: "idle", action: "reconnect" });
  await settle();
  assert.deepEqual(endings, [{ reason: "idle", action: "reconnect", closeCode: undefined, afterMs: undefined }]);
  assert.deepEqual(errors, []);
  assert.equal(socket.closedWith, 1000);
});

test("a lost connection ends a session that has no grace time", async () => {
  for (const [code, action] of [[4000, "reconnect"], [1006, "reconnect"], [4500, "stop"]]) {
    const { session, socket, peer } = await connectedSession();
    /** @type {unknown[]} */
    const endings = [];
    session.on("closed", (event) => endings.push(event));
    socket.drop(Number(code));
    assert.deepEqual(endings, [{ reason: "connectionLost", action, closeCode: code, afterMs: undefined }]);
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

test("a page that the browser put aside and shows again says that a new session is wanted", async () => {
  const { page, socket, session } = await connectedSession();
  /** @type {unknown[]} */
  const heard = [];
  session.on("closed", ({ reason, action }) => heard.push([reason, action]));
  page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
  assert.equal(socket.closedWith, 1000);
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await settle();
  assert.deepEqual(heard.map((event) => /** @type {any[]} */ (event)[1]), ["reconnect"]);
  assert.equal(session.state, "closed");
});

test("a page without events, as React Native's, opens sessions too", async () => {
  const scope = /** @type {any} */ (globalThis);
  scope.window = {};
  try {
    const { session } = await connectedSession({ page: undefined });
    assert.equal(session.id, "s1");
  } finally {
    delete scope.window;
  }
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
