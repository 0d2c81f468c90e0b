// A lost connection: how the client tries again, what it says to the relay, and when it gives up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_WAITING } from "../client/connection/request-queue.js";
import { listen } from "./fakes/listen.js";
import { connectedClient, graceful, newSession, openedByProvider, resumableSession } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";

const methods = (/** @type {any} */ socket) => socket.sent.map((/** @type {any} */ message) => message.method);
const ids = (/** @type {any} */ socket) => socket.sent.map((/** @type {any} */ message) => message.id);

test("a lost connection is made anew, and its session resumed with secret and last number", async () => {
  const { session, socket, clock, sockets, reconnect, statuses } = await resumableSession();
  socket.drop(1006);
  assert.equal(session.state, "connecting");
  assert.deepEqual(session.status, { phase: "resuming", attempt: 1, nextInMs: 125 });
  clock.advance(124);
  assert.equal(sockets.length, 1);
  clock.advance(1);
  assert.equal(sockets.length, 2);
  sockets[1].accept();
  const [asked] = sockets[1].sent;
  assert.deepEqual([asked.method, asked.params], ["session.resume", { session: "s1", secret: "hush", lastSeq: 2 }]);
  assert.equal(session.status.phase, "resuming");
  sockets[1].answer("session.resume", { secret: "hush2", replayed: 1 });
  sockets[1].notify("session.state", { session: "s1", seq: 3, state: "live" });
  assert.equal(session.state, "live");
  assert.deepEqual(statuses.map(({ phase }) => phase), ["resuming", "resuming", "connected"]);
  sockets[1].drop(1006);
  const third = await reconnect();
  assert.deepEqual(third.sent[0].params, { session: "s1", secret: "hush2", lastSeq: 3 });
});

test("unanswered requests are sent again with their ids, in order; what was asked meanwhile follows", async () => {
  const { session, socket, reconnect } = await resumableSession();
  const spoken = session.speak("one");
  const extended = session.extend();
  socket.drop(1006);
  const later = session.speak("two");
  const before = ids(socket).slice(-2);
  const next = await reconnect();
  assert.deepEqual(methods(next), ["session.resume"]);
  next.answer("session.resume", { secret: "hush2", replayed: 0 });
  assert.deepEqual(methods(next).slice(1), ["session.speak", "session.extend", "session.speak"]);
  assert.deepEqual(ids(next).slice(1, 3), before);
  assert.deepEqual(next.sent[1], socket.sent.at(-2));
  assert.equal(next.sent[3].id, next.sent[0].id + 1);
  next.deliver({ jsonrpc: "2.0", id: before[0], result: { talk: "t1" } });
  assert.deepEqual(await spoken, { talk: "t1" });
  next.deliver({ jsonrpc: "2.0", id: before[1], result: {} });
  await extended;
  next.deliver({ jsonrpc: "2.0", id: next.sent[3].id, result: { talk: "t2" } });
  assert.deepEqual(await later, { talk: "t2" });
});

test("two answers to a request that was sent twice are one", async () => {
  const { session, socket, reconnect } = await resumableSession();
  const errors = listen(session);
  const spoken = session.speak("one");
  socket.drop(1006);
  const next = await reconnect();
  next.answer("session.resume", { secret: "hush2", replayed: 0 });
  next.answer("session.speak", { talk: "t1" });
  next.answer("session.speak", { talk: "t1" });
  assert.deepEqual(await spoken, { talk: "t1" });
  assert.deepEqual(errors, []);
  next.answer("session.speak", { talk: "t1" });
  assert.deepEqual(errors, ["client.malformedMessage"]);
});

test("notifications that come twice are told once, and none of the old connection after it was lost", async () => {
  const { session, socket, notify, reconnect } = await resumableSession();
  /** @type {string[]} */
  const told = [];
  session.on("talk", ({ talk, phase }) => told.push(`${talk} ${phase}`));
  notify("session.talk", { talk: "t1", phase: "accepted" });
  socket.drop(1006);
  notify("session.talk", { talk: "t1", phase: "started" });
  const next = await reconnect();
  next.answer("session.resume", { secret: "hush2", replayed: 2 });
  next.notify("session.talk", { session: "s1", seq: 3, talk: "t1", phase: "accepted" });
  next.notify("session.talk", { session: "s1", seq: 4, talk: "t1", phase: "started" });
  assert.deepEqual(told, ["t1 accepted", "t1 started"]);
});

test("a summary tells what was missed, and notifications go on after its number", async () => {
  const { session, socket, notify, reconnect } = await resumableSession();
  /** @type {any[]} */
  const told = [];
  const errors = listen(session);
  session.on("talk", ({ talk, phase }) => told.push(`${talk} ${phase}`));
  session.on("resumed", (event) => told.push(event));
  notify("session.talk", { talk: "t1", phase: "accepted" });
  socket.drop(1006);
  const next = await reconnect();
  const phases = { t1: "ended", t2: "accepted", t3: "unknown" };
  const talks = Object.entries(phases).map(([talk, phase]) => ({ talk, phase }));
  next.answer("session.resume", { secret: "hush2", resync: { seq: 40, state: "live", talks, iceState: "connected" } });
  next.notify("session.talk", { session: "s1", seq: 41, talk: "t2", phase: "started" });
  assert.equal(session.state, "live");
  const resumed = { afterMs: 10_000, replayed: 0, resynced: true };
  assert.deepEqual(told, ["t1 accepted", "t1 ended", "t2 accepted", resumed, "t2 started"]);
  assert.deepEqual(errors, []);
});

test("after the grace time it is over, with a reason, and nothing is tried any more", async () => {
  const { session, socket, sockets, clock, endings, peer } = await resumableSession();
  const speaking = session.speak("one");
  socket.drop(1006);
  const waiting = session.speak("two");
  waiting.catch(() => {});
  speaking.catch(() => {});
  clock.advance(29_999);
  assert.deepEqual(endings, []);
  clock.advance(1);
  assert.deepEqual(endings, [{ reason: "connectionLost", action: "reconnect", closeCode: 1006, afterMs: undefined }]);
  await assert.rejects(speaking, { kind: "talk.unknown", retryable: false });
  await assert.rejects(waiting, { kind: "client.connectionClosed", retryable: true, message: /not sent/ });
  assert.equal(peer.calls.at(-1), "close");
  const made = sockets.length;
  clock.advance(1e6);
  await settle();
  assert.equal(sockets.length, made);
  assert.equal(clock.pending, 0);
});

test("the pauses grow with full jitter up to the cap, and start small again after a connection that lasted", async () => {
  const limits = { ...graceful, graceMs: 1e6 };
  const { socket, sockets, clock, statuses, session } = await resumableSession({}, { limits });
  socket.drop(1006);
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    const { status } = session;
    assert.ok(status.phase === "resuming");
    clock.advance(status.nextInMs);
    await settle();
    sockets.at(-1)?.drop(1006);
    await settle();
  }
  const pauses = statuses.flatMap((status) => (status.phase === "resuming" && status.nextInMs ? [status.nextInMs] : []));
  assert.deepEqual(pauses, [125, 250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  clock.advance(5000);
  await settle();
  const lasting = sockets.at(-1);
  lasting?.accept();
  lasting?.answer("session.resume", { secret: "hush2", replayed: 0 });
  clock.advance(5000);
  lasting?.drop(4002);
  assert.deepEqual(session.status, { phase: "resuming", attempt: 1, nextInMs: 1125 });
});

test("a connection that is accepted and dropped at once does not start the pauses anew", async () => {
  const { socket, sockets, clock, session } = await resumableSession();
  socket.drop(1006);
  for (const nextInMs of [125, 250, 500]) {
    assert.deepEqual({ ...session.status, attempt: 0 }, { phase: "resuming", attempt: 0, nextInMs });
    clock.advance(nextInMs);
    await settle();
    sockets.at(-1)?.accept();
    sockets.at(-1)?.drop(1006);
  }
});

test("the network that is back, and a page that is shown, end the pause at once", async () => {
  for (const name of ["online", "visibilitychange"]) {
    const { socket, sockets, page } = await resumableSession();
    socket.drop(1006);
    page.dispatchEvent(new Event(name));
    await settle();
    assert.equal(sockets.length, 2, name);
    page.dispatchEvent(new Event(name));
    await settle();
    assert.equal(sockets.length, 2, `${name} while an attempt is going on`);
  }
});

test("a page that is hidden wakes nobody", async () => {
  const page = Object.assign(new EventTarget(), { document: { visibilityState: "hidden" } });
  const { socket, sockets } = await resumableSession({ page });
  socket.drop(1006);
  page.dispatchEvent(new Event("visibilitychange"));
  await settle();
  assert.equal(sockets.length, 1);
});

test("who was taken over does not fight back, and other terminal codes are obeyed", async () => {
  for (const [code, reason] of [[4502, "takenOver"], [4500, "connectionLost"], [1000, "connectionLost"]]) {
    const { socket, sockets, clock, endings, page } = await resumableSession();
    socket.drop(Number(code), true);
    assert.deepEqual(endings, [{ reason, action: "stop", closeCode: code, afterMs: undefined }]);
    page.dispatchEvent(new Event("online"));
    clock.advance(1e6);
    await settle();
    assert.equal(sockets.length, 1);
  }
});

test("a relay that knows no such session, or another secret, ends it with what it says", async () => {
  const end = { reason: "idle", action: "reconnect", afterMs: 0 };
  const refusals = [
    [{ kind: "session.closed", end }, "idle", "reconnect"],
    [{ kind: "session.notFound" }, "connectionLost", "reconnect"],
    [{ kind: "session.secretInvalid" }, "takenOver", "stop"],
    [{ kind: "access.forbidden" }, "access", "stop"],
    [{ kind: "notSupported" }, "connectionLost", "reconnect"],
  ];
  for (const [data, reason, action] of refusals) {
    const { socket, endings, reconnect } = await resumableSession();
    socket.drop(1006);
    const next = await reconnect();
    next.refuse("session.resume", { code: 1104, message: "no", data });
    await settle();
    assert.deepEqual(endings.map((event) => [event.reason, event.action]), [[reason, action]]);
  }
});

test("a relay that resumes without a secret is not believed", async () => {
  const { socket, endings, reconnect } = await resumableSession();
  socket.drop(1006);
  const next = await reconnect();
  next.answer("session.resume", {});
  await settle();
  assert.equal(endings[0].reason, "connectionLost");
});

test("who comes too late still learns what became of its requests", async () => {
  const { session, socket, endings, reconnect } = await resumableSession();
  const spoken = session.speak("one");
  socket.drop(1006);
  const never = session.speak("two");
  const next = await reconnect();
  const end = { reason: "idle", action: "reconnect" };
  next.refuse("session.resume", { code: 1104, message: "over", data: { kind: "session.closed", end } });
  await settle();
  assert.deepEqual(methods(next), ["session.resume", "session.speak"]);
  assert.deepEqual(endings, []);
  next.answer("session.speak", { talk: "t1" });
  assert.deepEqual(await spoken, { talk: "t1" });
  await assert.rejects(never, { kind: "client.connectionClosed", message: /not sent/ });
  assert.equal(endings[0].reason, "idle");
});

test("a relay that leaves, or has no time, is asked again", async () => {
  const { socket, sockets, clock, reconnect, session } = await resumableSession();
  socket.drop(1006);
  const busy = await reconnect();
  const rate = { kind: "request.rate", retryable: true, retryAfterMs: 700 };
  busy.refuse("session.resume", { code: 1, message: "slow", data: rate });
  await settle();
  clock.advance(699);
  assert.equal(busy.sent.length, 1);
  clock.advance(1);
  assert.equal(busy.sent.length, 2);
  const leaving = { kind: "server.draining", retryable: true, retryAfterMs: 2000 };
  busy.refuse("session.resume", { code: 1, message: "bye", data: leaving });
  await settle();
  assert.equal(busy.closedWith, 4001);
  assert.ok(session.status.phase === "resuming" && session.status.nextInMs >= 2000);
  const other = await reconnect();
  other.answer("session.resume", { secret: "hush2", replayed: 0 });
  assert.equal(session.status.phase, "connected");
  assert.equal(sockets.length, 3);
});

test("a session that was to be asked for again later is asked for once on the next connection", async () => {
  const { socket, sockets, clock, reconnect } = await resumableSession();
  socket.drop(1006);
  const busy = await reconnect();
  const data = { kind: "request.rate", retryable: true, retryAfterMs: 50 };
  busy.refuse("session.resume", { code: 1, message: "slow", data });
  await settle();
  busy.drop(1006);
  clock.advance(100);
  const next = await reconnect();
  assert.deepEqual(methods(next), ["session.resume"]);
  clock.advance(100);
  assert.deepEqual(methods(next), ["session.resume"]);
  assert.equal(sockets.length, 3);
});

test("a resume that nobody answers gives the connection up", async () => {
  const { socket, sockets, clock, reconnect } = await resumableSession();
  socket.drop(1006);
  const silent = await reconnect();
  clock.advance(10_000);
  await settle();
  assert.equal(silent.closedWith, 4001);
  clock.advance(1000);
  await settle();
  assert.equal(sockets.length, 3);
});

test("a gap that was not announced is filled by a resume; the same gap again ends the session at the relay too", async () => {
  const { session, socket, clock, reconnect, endings } = await resumableSession();
  const errors = listen(session);
  socket.notify("session.state", { session: "s1", seq: 5, state: "live" });
  assert.deepEqual(errors, ["client.sequenceGap"]);
  assert.equal(session.state, "connecting");
  assert.equal(socket.closedWith, 4001);
  const next = await reconnect();
  assert.equal(next.sent[0].params.lastSeq, 2);
  next.answer("session.resume", { secret: "hush2", replayed: 3 });
  next.notify("session.state", { session: "s1", seq: 5, state: "live" });
  assert.deepEqual(endings.map(({ reason, action }) => [reason, action]), [["sequenceGap", "reconnect"]]);
  assert.equal(next.request("session.close").params.session, "s1");
  clock.advance(1e6);
});

test("while it is offline a bounded number of requests waits", async () => {
  const { session, socket } = await resumableSession();
  socket.drop(1006);
  for (let count = 0; count < MAX_WAITING; count += 1) session.extend().catch(() => {});
  await assert.rejects(session.extend(), { kind: "client.overload", retryable: true });
});

test("an opening whose connection is lost is asked for anew, a few times", async () => {
  const { session, sockets, clock } = newSession({ random: () => 0 });
  const starting = session.start();
  for (const [attempt, id] of [1, 2].entries()) {
    sockets[attempt].accept();
    await settle();
    assert.equal(sockets[attempt].request("session.open").id, id);
    sockets[attempt].drop(1006);
    await settle();
    clock.advance(0);
    await settle();
  }
  sockets[2].accept();
  await settle();
  sockets[2].drop(1006);
  await assert.rejects(starting, { kind: "client.connectionClosed", method: "session.open" });
  assert.equal(session.status.phase, "ended");
});

test("a connection lost while the answer is on its way goes on with it", async () => {
  const { session, sockets, clock } = newSession({ random: () => 0 });
  const starting = session.start();
  sockets[0].accept();
  await settle();
  sockets[0].answer("session.open", { ...openedByProvider, limits: graceful });
  await settle();
  const answer = sockets[0].request("session.answer");
  sockets[0].drop(1006);
  clock.advance(0);
  await settle();
  sockets[1].accept();
  sockets[1].answer("session.resume", { secret: "hush2", replayed: 0 });
  assert.deepEqual(sockets[1].request("session.answer"), answer);
  sockets[1].answer("session.answer");
  await starting;
});

test("to close while it is offline waits for the relay", async () => {
  const { session, socket, sockets, clock, endings } = await resumableSession();
  socket.drop(1006);
  const closing = session.close();
  clock.advance(125);
  sockets[1].accept();
  sockets[1].answer("session.resume", { secret: "hush2", replayed: 0 });
  assert.deepEqual(methods(sockets[1]), ["session.resume", "session.close"]);
  sockets[1].answer("session.close");
  await settle();
  sockets[1].notify("session.closed", { session: "s1", seq: 3, reason: "client", action: "stop" });
  await closing;
  assert.equal(endings[0].reason, "client");
  assert.equal(sockets[1].closedWith, 1000);
});

test("to close while it is offline does not wait for ever", async () => {
  const { session, socket, sockets, clock, endings } = await resumableSession();
  const errors = listen(session);
  socket.drop(1006);
  const closing = session.close();
  clock.advance(10_000);
  await closing;
  assert.deepEqual(errors, ["client.timeout"]);
  assert.equal(endings[0].reason, "client");
  const made = sockets.length;
  clock.advance(1e6);
  await settle();
  assert.equal(sockets.length, made);
});

test("sessions that share a connection come back each by itself", async () => {
  const { client, socket, clock, sockets } = await connectedClient();
  for (const session of ["a", "b"]) {
    const opening = client.request("session.open", { provider: "did" });
    socket.answer("session.open", { ...openedByProvider, limits: graceful, session, secret: `secret of ${session}` });
    await opening;
  }
  /** @type {string[]} */
  const ended = [];
  client.on("ended", ({ session, reason }) => ended.push(`${session} ${reason}`));
  const first = client.request("session.extend", { session: "a" });
  const second = client.request("session.extend", { session: "b" });
  const closing = client.request("session.close", { session: "a" });
  socket.drop(1006);
  clock.advance(300);
  await settle();
  sockets[1].accept();
  const [a, b] = sockets[1].sent;
  assert.deepEqual([a.params.session, b.params.session], ["a", "b"]);
  sockets[1].deliver({ jsonrpc: "2.0", id: b.id, result: { secret: "new b", replayed: 0 } });
  assert.deepEqual(sockets[1].sent.slice(2).map(({ params }) => params.session), ["b"]);
  sockets[1].answer("session.extend", { expiresInMs: 2 });
  assert.deepEqual(await second, { expiresInMs: 2 });
  sockets[1].deliver({ jsonrpc: "2.0", id: a.id, error: { code: 1101, message: "no", data: { kind: "session.notFound" } } });
  await assert.rejects(first, { kind: "client.connectionClosed" });
  assert.deepEqual(await closing, {}, "a session that is gone is closed");
  assert.deepEqual(ended, ["a connectionLost"]);
  assert.equal(client.state, "open");
});

test("a session on a shared connection shows where it stands from the beginning", async () => {
  const { client, socket } = await connectedClient();
  const { session } = newSession({ client, url: undefined });
  assert.equal(session.status.phase, "new");
  const starting = session.start();
  assert.equal(session.status.phase, "connecting");
  await settle();
  socket.answer("session.open", openedByProvider);
  assert.equal(session.status.phase, "connected");
  await settle();
  socket.answer("session.answer");
  await starting;
});

test("a client that may not reconnect does not", async () => {
  const { session, socket, sockets, clock, endings } = await resumableSession({ reconnect: false });
  socket.drop(1006);
  assert.equal(endings[0].reason, "connectionLost");
  assert.equal(session.status.phase, "ended");
  clock.advance(1e6);
  assert.equal(sockets.length, 1);
});

test("a client gives up in the end", async () => {
  const { client, socket, sockets, clock } = await connectedClient();
  /** @type {unknown[]} */
  const closings = [];
  client.on("closed", ({ code, action }) => closings.push([code, action]));
  socket.drop(1006);
  const waiting = client.request("session.open", { provider: "did" }, { timeoutMs: 1e7 });
  waiting.catch(() => {});
  for (let attempt = 1; attempt < 200 && closings.length === 0; attempt += 1) {
    clock.advance(10_000);
    await settle();
    sockets.at(-1)?.drop(1006);
    await settle();
  }
  assert.deepEqual(closings, [[1006, "resume"]]);
  assert.ok(clock.now() <= 300_000);
  await assert.rejects(waiting, { kind: "client.connectionClosed", message: /not sent/ });
  assert.equal(clock.pending, 0);
});

test("whoever closes the client closes its sessions first", async () => {
  const { client, socket } = await connectedClient();
  const opening = client.request("session.open", { provider: "did" });
  socket.answer("session.open", { ...openedByProvider, limits: graceful });
  await opening;
  client.close();
  assert.equal(socket.sent.at(-1).method, "session.close");
  assert.equal(socket.closedWith, 1000);
});

test("a place in the queue is shown, and the time for the answer begins anew", async () => {
  const { session, sockets, clock } = newSession();
  const starting = session.start();
  sockets[0].accept();
  await settle();
  const { id } = sockets[0].request("session.open");
  for (const position of [2, 1]) {
    sockets[0].notify("request.queued", { id, position });
    assert.deepEqual(session.status, { phase: "waiting", position });
    clock.advance(50_000);
    sockets[0].deliver({ jsonrpc: "2.0", id: 2, result: {} });
  }
  sockets[0].answer("session.open", openedByProvider);
  assert.equal(session.status.phase, "connected");
  await settle();
  sockets[0].answer("session.answer");
  await starting;
});
