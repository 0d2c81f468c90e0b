// The connection: ids, answers, errors, order of notifications, bounds, and what follows its end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SignalingClient } from "../client/avatar-relay.js";
import { MAX_IN_FLIGHT, MAX_LATE, MAX_WAITING } from "../client/connection/request-queue.js";
import { ManualClock } from "./fakes/clock.js";
import { connectedClient, url } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";
import { socketFactory } from "./fakes/socket.js";

/** @param {Promise<unknown>} work */
function ignore(work) {
  work.catch(() => {});
}

test("the sub-protocol is asked for, and a server that does not speak it is left", async () => {
  const { WebSocket, sockets } = socketFactory();
  const client = new SignalingClient({ url, WebSocket, clock: new ManualClock() });
  const connecting = client.connect();
  assert.deepEqual(sockets[0].protocols, ["avatar-relay.v1"]);
  sockets[0].accept("");
  await assert.rejects(connecting, { kind: "client.connectFailed", message: /does not speak avatar-relay\.v1/ });
  assert.equal(sockets[0].closedWith, 1000);
  assert.equal(client.state, "closed");
});

test("a connection that does not come about in time is given up", async () => {
  const { WebSocket, sockets } = socketFactory();
  const clock = new ManualClock();
  const client = new SignalingClient({ url, WebSocket, clock, connectTimeoutMs: 500 });
  const connecting = client.connect();
  clock.advance(499);
  assert.equal(client.state, "connecting");
  clock.advance(1);
  await assert.rejects(connecting, { kind: "client.connectFailed", retryable: true });
  sockets[0].accept();
  await settle();
  assert.equal(client.state, "closed");
});

test("a refused address and a refused handshake are told apart from a lost connection", async () => {
  class Refusing {
    constructor() {
      throw new SyntaxError("bad address");
    }
  }
  const client = new SignalingClient({ url: "nonsense", WebSocket: /** @type {any} */ (Refusing) });
  await assert.rejects(client.connect(), { kind: "client.connectFailed", message: /bad address/ });
  const { WebSocket, sockets } = socketFactory();
  const other = new SignalingClient({ url, WebSocket, clock: new ManualClock() });
  /** @type {unknown[]} */
  const closings = [];
  other.on("closed", (event) => closings.push(event));
  const connecting = other.connect();
  sockets[0].drop(1006);
  await assert.rejects(connecting, { kind: "client.connectFailed", message: /1006/ });
  assert.deepEqual(closings, []);
});

test("closing while it connects rejects the connecting, and no timer stays behind", async () => {
  const { WebSocket, sockets } = socketFactory();
  const clock = new ManualClock();
  const client = new SignalingClient({ url, WebSocket, clock });
  const connecting = client.connect();
  client.close();
  await assert.rejects(connecting, { kind: "client.cancelled" });
  assert.equal(sockets[0].closedWith, 1000);
  assert.equal(clock.pending, 0);
});

test("a client that was closed before it connected never connects", async () => {
  const { WebSocket, sockets } = socketFactory();
  const client = new SignalingClient({ url, WebSocket });
  client.close();
  await assert.rejects(client.connect(), { kind: "client.cancelled" });
  assert.equal(sockets.length, 0);
});

test("ids come from one counter, whatever is asked", async () => {
  const { client, socket } = await connectedClient();
  ignore(client.ping());
  ignore(client.request("session.close", { session: "a" }));
  ignore(client.request("session.close", { session: "b" }));
  assert.deepEqual(socket.sent.map((message) => message.id), [1, 2, 3]);
  assert.ok(socket.sent.every((message) => message.jsonrpc === "2.0"));
  assert.ok(!("params" in socket.sent[0]));
});

test("answers find their requests in any order", async () => {
  const { client, socket } = await connectedClient();
  const first = client.request("session.extend", { session: "a" });
  const second = client.request("session.extend", { session: "b" });
  socket.deliver({ jsonrpc: "2.0", id: 2, result: { expiresInMs: 2 } });
  socket.deliver({ jsonrpc: "2.0", id: 1, result: { expiresInMs: 1 } });
  assert.deepEqual([await first, await second], [{ expiresInMs: 1 }, { expiresInMs: 2 }]);
});

test("an error keeps its kind, its advice and the provider's words", async () => {
  const { client, socket } = await connectedClient();
  const opening = client.request("session.open", { provider: "did" });
  const provider = { status: 403, code: "Forbidden", message: "Max user sessions reached" };
  const data = { kind: "provider.sessionLimit", retryable: true, retryAfterMs: 5000, provider };
  socket.refuse("session.open", { code: 1405, message: "no place", data });
  await assert.rejects(opening, {
    name: "SignalingError",
    message: "no place",
    kind: "provider.sessionLimit",
    code: 1405,
    retryable: true,
    retryAfterMs: 5000,
    provider,
    method: "session.open",
  });
});

test("an error object without data, or with nonsense in it, is still an error", async () => {
  const { client, socket } = await connectedClient();
  const bare = client.ping();
  socket.refuse("ping", { code: -32603, message: "oh" });
  await assert.rejects(bare, { kind: "code.-32603", retryable: false, provider: undefined });
  const odd = client.ping();
  const nonsense = { kind: 7, retryable: "yes", retryAfterMs: "x", provider: null };
  socket.refuse("ping", { code: 1, message: "oh", data: nonsense });
  await assert.rejects(odd, { kind: "code.1", retryable: false, retryAfterMs: undefined, provider: undefined });
});

test("a request that nobody answers ends in time, and its late answer is still seen", async () => {
  const { client, socket, clock } = await connectedClient();
  /** @type {unknown[]} */
  const seen = [];
  const opening = client.request(
    "session.open",
    { provider: "did" },
    { timeoutMs: 100, onResult: (result, how) => seen.push([result.session, how.late]) },
  );
  clock.advance(100);
  await assert.rejects(opening, { kind: "client.timeout", method: "session.open", retryable: false });
  socket.answer("session.open", { session: "s9" });
  assert.deepEqual(seen, [["s9", true]]);
});

test("late answers are remembered for a bounded number of requests", async () => {
  const { client, socket, clock } = await connectedClient();
  /** @type {string[]} */
  const errors = [];
  client.on("error", (error) => errors.push(error.kind));
  for (let count = 0; count <= MAX_LATE; count += 1) {
    ignore(client.request("ping", undefined, { timeoutMs: 1 }));
    clock.advance(1);
  }
  socket.deliver({ jsonrpc: "2.0", id: 2, result: {} });
  assert.deepEqual(errors, []);
  socket.deliver({ jsonrpc: "2.0", id: 1, result: {} });
  assert.deepEqual(errors, ["client.malformedMessage"]);
});

test("no more requests are in flight than the relay takes; the rest wait in order; closing overtakes", async () => {
  const { client, socket } = await connectedClient();
  for (let count = 0; count < MAX_IN_FLIGHT + 2; count += 1) ignore(client.ping());
  assert.equal(socket.sent.length, MAX_IN_FLIGHT);
  ignore(client.request("session.close", { session: "a" }));
  assert.equal(socket.sent.at(-1).method, "session.close");
  ignore(client.request("session.extend", { session: "a" }));
  socket.deliver({ jsonrpc: "2.0", id: 1, result: {} });
  socket.deliver({ jsonrpc: "2.0", id: 2, result: {} });
  socket.deliver({ jsonrpc: "2.0", id: 3, result: {} });
  socket.deliver({ jsonrpc: "2.0", id: 4, result: {} });
  assert.deepEqual(socket.sent.slice(-3).map((message) => message.method), ["ping", "ping", "session.extend"]);
  assert.deepEqual(socket.sent.map((message) => message.id), socket.sent.map((_, index) => index + 1));
});

test("too many waiting requests are refused here", async () => {
  const { client } = await connectedClient();
  for (let count = 0; count < MAX_IN_FLIGHT + MAX_WAITING; count += 1) ignore(client.ping());
  await assert.rejects(client.ping(), { kind: "client.overload", retryable: true });
});

test("a request that never got its turn says that it was not sent", async () => {
  const { client, clock, socket } = await connectedClient();
  for (let count = 0; count < MAX_IN_FLIGHT; count += 1) ignore(client.request("ping", undefined, { timeoutMs: 1e6 }));
  const waiting = client.request("session.speak", { session: "a", text: "x" }, { timeoutMs: 50 });
  clock.advance(50);
  await assert.rejects(waiting, { kind: "client.timeout", message: /Not sent/ });
  socket.deliver({ jsonrpc: "2.0", id: 1, result: {} });
  assert.equal(socket.sent.filter((message) => message.method === "session.speak").length, 0);
});

test("notifications are handed on in order; gaps are told, repetitions dropped, sessions kept apart", async () => {
  const { client, socket } = await connectedClient();
  /** @type {unknown[]} */
  const heard = [];
  client.on("notification", ({ params }) => heard.push("seq" in params && [params.session, params.seq]));
  client.on("error", (error) => heard.push(`${error.kind}: ${error.message}`));
  const notify = (/** @type {string} */ session, /** @type {number} */ seq) =>
    socket.notify("session.state", { session, seq, state: "live" });
  for (const seq of [1, 2, 2, 1, 5, 6]) notify("a", seq);
  notify("b", 1);
  assert.deepEqual(heard, [
    ["a", 1],
    ["a", 2],
    "client.sequenceGap: Notifications 3 to 4 of the session did not come.",
    ["a", 5],
    ["a", 6],
    ["b", 1],
  ]);
});

test("messages that make no sense are told and harm nothing", async () => {
  const { client, socket } = await connectedClient();
  /** @type {string[]} */
  const kinds = [];
  client.on("error", (error) => kinds.push(error.kind));
  const pinging = client.ping();
  const objects = ["{}", '{"id":1}', '{"method":"session.state"}', '{"id":99,"result":{}}'];
  const nonsense = ["", "[", "[]", "7", "null", '"x"', ...objects];
  for (const text of nonsense) socket.deliverRaw(text);
  socket.deliverRaw(new ArrayBuffer(4));
  const error = { code: -32700, message: "bad", data: { kind: "message.notJSON" } };
  socket.deliver({ jsonrpc: "2.0", id: null, error });
  assert.deepEqual(kinds, [...Array(nonsense.length + 1).fill("client.malformedMessage"), "message.notJSON"]);
  socket.answer("ping");
  await pinging;
});

test("the end of a connection rejects what belongs to no session that comes back; a speak is of unknown fate", async () => {
  const { client, socket, clock } = await connectedClient();
  const speaking = client.request("session.speak", { session: "a", text: "x" });
  const extending = client.request("session.extend", { session: "a" });
  /** @type {unknown[]} */
  const closings = [];
  client.on("closed", (event) => closings.push(event));
  ignore(extending);
  socket.drop(4500, true, "enough");
  await assert.rejects(speaking, { kind: "talk.unknown", retryable: false, message: /not known/ });
  await assert.rejects(extending, { kind: "client.connectionClosed", retryable: false });
  assert.deepEqual(closings, [{ code: 4500, reason: "enough", clean: true, action: "stop", afterMs: 0 }]);
  await assert.rejects(client.ping(), { kind: "client.connectionClosed", message: "The connection is closed." });
  assert.equal(clock.pending, 0);
});

test("listeners: one may leave, one may throw, the others hear all the same", async () => {
  const { client, socket } = await connectedClient();
  /** @type {string[]} */
  const heard = [];
  const off = client.on("notification", () => heard.push("first"));
  client.on("notification", () => {
    heard.push("second");
    off();
  });
  socket.notify("server.draining", { deadlineMs: 1 });
  socket.notify("server.draining", { deadlineMs: 1 });
  assert.deepEqual(heard, ["first", "second", "second"]);
});

test("ping measures the way there and back", async () => {
  const { client, socket, clock } = await connectedClient();
  const pinging = client.ping();
  clock.advance(12);
  socket.answer("ping");
  assert.equal(await pinging, 12);
});

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln_-0";

test("a token travels as a sub-protocol, and neither in the URL nor in a logged message", async () => {
  const { WebSocket, sockets } = socketFactory();
  const client = new SignalingClient({ url, token: JWT, WebSocket, clock: new ManualClock() });
  /** @type {unknown[]} */
  const seen = [];
  client.on("message", (message) => seen.push(message));
  const connecting = client.connect();
  assert.deepEqual(sockets[0].protocols, ["avatar-relay.v1", `avatar-relay.token.${JWT}`]);
  assert.equal(sockets[0].url, url);
  sockets[0].accept();
  await connecting;
  ignore(client.request("authorize", { token: JWT }));
  assert.equal(sockets[0].request("authorize").params.token, JWT);
  assert.ok(!JSON.stringify(seen).includes(JWT));
});

test("a token can be fetched when the connection is made; a failed fetch fails the connecting", async () => {
  const { WebSocket, sockets } = socketFactory();
  const client = new SignalingClient({ url, token: async () => JWT, WebSocket, clock: new ManualClock() });
  const connecting = client.connect();
  assert.equal(sockets.length, 0);
  await settle();
  assert.deepEqual(sockets[0].protocols, ["avatar-relay.v1", `avatar-relay.token.${JWT}`]);
  sockets[0].accept();
  await connecting;
  const refusing = () => Promise.reject(new Error("not signed in"));
  const other = new SignalingClient({ url, token: refusing, WebSocket, clock: new ManualClock() });
  await assert.rejects(other.connect(), { kind: "client.connectFailed", message: /not signed in/ });
  assert.equal(other.state, "closed");
  assert.equal(sockets.length, 1);
});

test("closing while the token is fetched makes no connection", async () => {
  const { WebSocket, sockets } = socketFactory();
  const client = new SignalingClient({ url, token: async () => JWT, WebSocket, clock: new ManualClock() });
  const connecting = client.connect();
  client.close();
  await assert.rejects(connecting, { kind: "client.cancelled" });
  assert.equal(sockets.length, 0);
  assert.equal(client.state, "closed");
});

test("what is no token is refused without being shown", async () => {
  const { WebSocket, sockets } = socketFactory();
  const client = new SignalingClient({ url, token: "secret words", WebSocket, clock: new ManualClock() });
  await assert.rejects(client.connect(), (/** @type {any} */ error) => {
    assert.equal(error.kind, "client.connectFailed");
    assert.ok(!`${error.message} ${error.cause}`.includes("secret"));
    return true;
  });
  assert.equal(sockets.length, 0);
});

test("a refused token is told by name, and nobody reconnects", async () => {
  const { client, socket } = await connectedClient();
  /** @type {any[]} */
  const closings = [];
  client.on("closed", (event) => closings.push(event));
  const opening = client.request("session.open", { provider: "did" });
  socket.drop(4501, true, "expired");
  await assert.rejects(opening, { kind: "access.denied", retryable: false, message: /expired/ });
  assert.equal(closings[0].action, "stop");
});
