// A page that is loaded again: what it finds in the tab's storage, and what becomes of the session that was left.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AvatarSession, SignalingClient } from "../client/avatar-relay.js";
import { listen } from "./fakes/listen.js";
import { graceful, newSession, openedByProvider, resumableSession, url } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";
import { FakeStorage } from "./fakes/storage.js";

const KEY = "the session";
const room = { url: "wss://rooms.test", token: "t" };
const inRoom = { offer: undefined, dataChannel: undefined, limits: graceful, room };

const stored = (/** @type {FakeStorage} */ storage) => JSON.parse(storage.items.get(KEY) ?? "null")?.left;

/**
 * A page on which a session was opened.
 * @param {FakeStorage} storage
 */
const firstPage = (storage) => resumableSession({ storage, resumeAcrossReloads: KEY });

/** @param {FakeStorage} storage */
async function firstPageInRoom(storage) {
  const made = newSession({ storage, resumeAcrossReloads: KEY });
  const starting = made.session.start();
  made.sockets[0].accept();
  await settle();
  made.sockets[0].answer("session.open", { ...openedByProvider, ...inRoom });
  await starting;
  made.sockets[0].notify("session.state", { session: "s1", seq: 1, state: "connecting" });
  return made;
}

/**
 * The page that comes next, as far as its first request.
 * @param {FakeStorage} storage
 */
async function nextPage(storage) {
  const made = newSession({ storage, resumeAcrossReloads: KEY });
  /** @type {any[]} */
  const recovered = [];
  made.session.on("recovered", (event) => recovered.push(event));
  const errors = listen(made.session);
  const starting = made.session.start();
  starting.catch(() => {});
  made.sockets[0].accept();
  await settle();
  return { ...made, recovered, errors, starting, socket: made.sockets[0] };
}

test("what is needed is stored before it can be lost, and nothing is left at the end", async () => {
  const storage = new FakeStorage();
  const { session, socket, notify, reconnect } = await firstPage(storage);
  const { session: id, secret, lastSeq, graceMs, nextId, state } = stored(storage);
  assert.deepEqual([id, secret, lastSeq, graceMs, state], ["s1", "hush", 2, 30_000, "connecting"]);
  assert.ok(nextId > socket.sent.at(-1).id);
  notify("session.state", { state: "live" });
  assert.deepEqual([stored(storage).lastSeq, stored(storage).state], [3, "live"]);
  socket.drop(1006);
  const next = await reconnect();
  next.answer("session.resume", { secret: "hush2", replayed: 0 });
  assert.equal(stored(storage).secret, "hush2");
  const closing = session.close();
  await settle();
  next.answer("session.close");
  next.notify("session.closed", { session: "s1", seq: 4, reason: "client", action: "stop" });
  await closing;
  assert.equal(storage.items.size, 0);
});

test("the stored counter is ahead of every id that was used", async () => {
  const storage = new FakeStorage();
  const { session, socket } = await firstPage(storage);
  for (let count = 0; count < 50; count += 1) {
    session.extend().catch(() => {});
    await settle();
    socket.answer("session.extend", {});
    await settle();
    assert.ok(stored(storage).nextId > socket.sent.at(-1).id);
  }
});

test("no text to speak, and no answer, is stored", async () => {
  const storage = new FakeStorage();
  const { session } = await firstPage(storage);
  session.speak("a confidence").catch(() => {});
  assert.ok(!storage.items.get(KEY)?.includes("confidence"));
  assert.ok(!storage.items.get(KEY)?.includes("v=0"));
});

test("a session whose media died with its page is resumed to be closed, and another is opened", async () => {
  const storage = new FakeStorage();
  await firstPage(storage);
  const { nextId } = stored(storage);
  const { socket, recovered, starting, session } = await nextPage(storage);
  const [resume] = socket.sent;
  assert.deepEqual(resume, {
    jsonrpc: "2.0", id: nextId, method: "session.resume", params: { session: "s1", secret: "hush", lastSeq: 2 },
  });
  socket.answer("session.resume", { secret: "hush2", replayed: 0 });
  await settle();
  assert.deepEqual(socket.sent.at(-1).params, { session: "s1" });
  assert.equal(socket.sent.at(-1).method, "session.close");
  assert.equal(socket.request("session.open"), undefined);
  socket.answer("session.close");
  await settle();
  assert.deepEqual(recovered, [{ session: "s1", outcome: "replaced", reason: undefined }]);
  socket.notify("session.closed", { session: "s1", seq: 3, reason: "client", action: "stop" });
  socket.answer("session.open", { ...openedByProvider, session: "s2", secret: "new", limits: graceful });
  await settle();
  socket.answer("session.answer");
  await starting;
  assert.equal(session.id, "s2");
  assert.deepEqual([stored(storage).session, stored(storage).secret], ["s2", "new"]);
});

test("a session in a room goes on", async () => {
  const storage = new FakeStorage();
  const first = await firstPageInRoom(storage);
  first.page.dispatchEvent(new Event("pagehide"));
  await settle();
  assert.equal(first.sockets[0].closedWith, undefined, "the page's end is not the session's");
  const { socket, recovered, starting, session } = await nextPage(storage);
  assert.equal(socket.sent[0].params.lastSeq, 1);
  socket.answer("session.resume", { secret: "hush2", replayed: 1 });
  socket.notify("session.state", { session: "s1", seq: 2, state: "live" });
  await starting;
  assert.deepEqual(recovered, [{ session: "s1", outcome: "continued", reason: undefined }]);
  assert.deepEqual([session.id, session.state, session.room, session.status.phase], ["s1", "live", room, "connected"]);
  assert.equal(socket.request("session.open"), undefined);
  const speaking = session.speak("again");
  await settle();
  socket.answer("session.speak", { talk: "t" });
  await speaking;
});

test("a session that is over already is not looked after for long", async () => {
  const storage = new FakeStorage();
  await firstPage(storage);
  const { socket, recovered } = await nextPage(storage);
  const end = { reason: "idle", action: "reconnect" };
  socket.refuse("session.resume", { code: 1104, message: "over", data: { kind: "session.closed", end } });
  await settle();
  assert.deepEqual(recovered, [{ session: "s1", outcome: "gone", reason: "idle" }]);
  assert.equal(socket.sent.at(-1).method, "session.open");
});

test("a page that cannot reach the relay leaves what is stored to the next one", async () => {
  const storage = new FakeStorage();
  await firstPage(storage);
  const made = newSession({ storage, resumeAcrossReloads: KEY });
  const starting = made.session.start();
  made.sockets[0].drop(1006);
  await assert.rejects(starting, { kind: "client.connectFailed" });
  assert.equal(stored(storage).session, "s1");
});

test("a page that goes in peace closes its session, and leaves the proof to the next one", async () => {
  const storage = new FakeStorage();
  const { page, socket } = await firstPage(storage);
  page.dispatchEvent(new Event("pagehide"));
  assert.equal(socket.sent.at(-1).method, "session.close");
  assert.equal(socket.closedWith, 1000);
  await settle();
  assert.equal(stored(storage).session, "s1");
});

test("a session that the relay ended is not looked after by the next page", async () => {
  const storage = new FakeStorage();
  const { notify } = await firstPage(storage);
  notify("session.closed", { reason: "idle", action: "reconnect", afterMs: 0 });
  assert.equal(storage.items.size, 0);
});

test("of two tabs with one storage the earlier stops, and forgets", async () => {
  const storage = new FakeStorage();
  const { socket, endings, sockets, clock } = await firstPage(storage);
  socket.drop(4502, true);
  assert.equal(endings[0].reason, "takenOver");
  clock.advance(1e6);
  await settle();
  assert.equal(sockets.length, 1);
  assert.equal(storage.items.size, 0);
});

test("what another version, another relay or a stranger stored is not read", async () => {
  const left = { session: "s1", secret: "x", lastSeq: 1, graceMs: 1, nextId: 5, state: "live" };
  const nonsense = [
    "", "{", "null", "7", "[]",
    JSON.stringify({ layout: 2, url, left }),
    JSON.stringify({ layout: 1, url: "ws://other", left }),
    JSON.stringify({ layout: 1, url, left: { ...left, nextId: "5" } }),
    JSON.stringify({ layout: 1, url, left: { ...left, secret: 5 } }),
    JSON.stringify({ layout: 1, url }),
  ];
  for (const text of nonsense) {
    const storage = new FakeStorage();
    storage.items.set(KEY, text);
    const { socket, errors } = await nextPage(storage);
    assert.deepEqual(socket.sent.map(({ method }) => method), ["session.open"], text);
    assert.deepEqual(errors, [], text);
  }
});

test("a storage that refuses is told, and the session goes on without", async () => {
  const storage = new FakeStorage();
  storage.refusal = new Error("QuotaExceededError");
  const { socket, errors, starting } = await nextPage(storage);
  socket.answer("session.open", { ...openedByProvider, limits: graceful });
  await settle();
  socket.answer("session.answer");
  await starting;
  assert.ok(errors.length > 0 && errors.every((kind) => kind === "client.storageFailed"));
  assert.equal(errors.length, 1, "once is enough");
});

test("a session that the relay would not keep is not stored", async () => {
  const storage = new FakeStorage();
  const { socket } = await nextPage(storage);
  socket.answer("session.open", openedByProvider);
  assert.equal(storage.items.size, 0);
});

test("a shared connection cannot outlive a reload", () => {
  const client = new SignalingClient({ url });
  // @ts-expect-error: the declarations refuse it, too
  assert.throws(() => new AvatarSession({ client, provider: "did", resumeAcrossReloads: true }), { name: "TypeError" });
});
