// Whether a silent connection is found to be dead, and one that only seems so is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ANSWER_MS, LATE_MS, QUIET_MS } from "../client/connection/liveness.js";
import { resumableSession } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";

const pings = (/** @type {any} */ socket) =>
  socket.sent.filter((/** @type {any} */ { method }) => method === "ping").length;

test("a silent connection is asked, and the time there and back is known", async () => {
  const { session, socket, clock } = await resumableSession();
  clock.advance(QUIET_MS - 1);
  assert.equal(pings(socket), 0);
  clock.advance(1);
  assert.equal(pings(socket), 1);
  assert.equal(session.roundTripMs, undefined);
  clock.advance(40);
  socket.answer("ping");
  await settle();
  assert.equal(session.roundTripMs, 40);
  clock.advance(ANSWER_MS);
  clock.advance(QUIET_MS);
  assert.equal(pings(socket), 2);
  assert.equal(session.status.phase, "connected");
});

test("whatever comes is a sign of life", async () => {
  const { socket, clock, notify } = await resumableSession();
  for (let count = 0; count < 5; count += 1) {
    clock.advance(QUIET_MS - 1);
    notify("session.expiring", { cause: "idle", inMs: 1, extendable: true });
  }
  assert.equal(pings(socket), 0);
});

test("no answer at all: the connection counts as dead, and the session is resumed on another", async () => {
  const { session, socket, sockets, clock } = await resumableSession();
  clock.advance(QUIET_MS);
  clock.advance(ANSWER_MS);
  assert.equal(socket.closedWith, 4001);
  assert.equal(session.status.phase, "resuming");
  clock.advance(125);
  sockets[1].accept();
  assert.equal(sockets[1].sent[0].method, "session.resume");
  // Its own asking does not keep a dead connection alive.
  assert.equal(pings(socket), 1);
});

test("a page that was frozen asks once more before it calls a connection dead", async () => {
  const { session, socket, clock } = await resumableSession();
  clock.advance(QUIET_MS);
  clock.advance(ANSWER_MS + LATE_MS + 1);
  assert.equal(pings(socket), 2);
  assert.equal(session.status.phase, "connected");
  socket.answer("ping");
  clock.advance(ANSWER_MS);
  assert.equal(session.status.phase, "connected");
});

test("timers that are always late do not hide a dead connection", async () => {
  const { session, clock } = await resumableSession();
  clock.advance(60_000);
  clock.advance(60_000);
  clock.advance(60_000);
  assert.equal(session.status.phase, "resuming");
});

test("timers that are always late kill no connection that lives", async () => {
  const { session, socket, sockets, clock } = await resumableSession();
  for (let minute = 0; minute < 20; minute += 1) {
    clock.advance(60_000);
    if (socket.request("ping")) socket.answer("ping");
    await settle();
  }
  assert.equal(sockets.length, 1);
  assert.equal(session.status.phase, "connected");
});

test("a network that changed is reason to ask at once", async () => {
  const { session, socket, page, clock } = await resumableSession();
  page.dispatchEvent(new Event("online"));
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(pings(socket), 1);
  clock.advance(ANSWER_MS);
  assert.equal(session.status.phase, "resuming");
});

test("a long answer of the provider is not taken for a dead connection", async () => {
  const { session, socket, clock } = await resumableSession();
  const speaking = session.speak("long");
  clock.advance(QUIET_MS);
  socket.answer("ping");
  clock.advance(ANSWER_MS);
  socket.answer("session.speak", { talk: "t1" });
  await speaking;
  assert.equal(session.status.phase, "connected");
});
