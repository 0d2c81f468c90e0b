// Tokens: a fresh one for each connection, another before it expires, and one when the relay says that it did.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FETCH_TIMEOUT_MS, RETRY_MS } from "../client/connection/token-renewal.js";
import { ManualClock } from "./fakes/clock.js";
import { listen } from "./fakes/listen.js";
import { connectedClient, resumableSession } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";

const START = new ManualClock().wallTime();

/**
 * A session whose tokens are called 1, 2, 3 … and expire so many milliseconds after the test began.
 * @param {...number} expiries those of the last one hold for all later ones
 */
async function withTokens(...expiries) {
  const fetched = { count: 0, fails: false };
  const token = async () => {
    fetched.count += 1;
    if (fetched.fails) throw new Error("not signed in");
    const exp = (START + (expiries[fetched.count - 1] ?? expiries.at(-1) ?? 0)) / 1000;
    return `e30.${btoa(JSON.stringify({ sub: "ünï".length, exp })).replaceAll("=", "")}.${fetched.count}`;
  };
  const made = await resumableSession({ token });
  return { ...made, fetched, errors: listen(made.session) };
}

const name = (/** @type {string | undefined} */ token) => token?.split(".").at(-1);
const shown = (/** @type {any} */ socket) => name(socket.protocols[1]);
const authorized = (/** @type {any} */ socket) => name(socket.request("authorize")?.params.token);

test("each attempt to connect brings a token of its own", async () => {
  const { socket, sockets, clock } = await withTokens(1e9);
  assert.equal(shown(socket), "1");
  socket.drop(1006);
  clock.advance(200);
  await settle();
  assert.equal(shown(sockets[1]), "2");
  sockets[1].drop(1006);
  await settle();
  clock.advance(1000);
  await settle();
  assert.equal(shown(sockets[2]), "3");
});

test("a token that cannot be fetched is fetched again, as long as the session has time", async () => {
  const { socket, sockets, clock, fetched, endings } = await withTokens(1e9);
  fetched.fails = true;
  socket.drop(1006);
  for (let second = 0; second < 10; second += 1) {
    clock.advance(1000);
    await settle();
  }
  assert.ok(fetched.count > 3);
  assert.equal(sockets.length, 1);
  fetched.fails = false;
  clock.advance(10_000);
  await settle();
  assert.equal(sockets.length, 2);
  assert.deepEqual(endings, []);
});

test("before a token expires another one is shown", async () => {
  const { socket, clock, errors } = await withTokens(120_000, 500_000);
  clock.advance(107_999);
  await settle();
  assert.equal(socket.request("authorize"), undefined);
  clock.advance(1);
  await settle();
  assert.equal(authorized(socket), "2");
  socket.answer("authorize");
  await settle();
  clock.advance(1000);
  await settle();
  assert.equal(socket.sent.filter(({ method }) => method === "authorize").length, 1);
  assert.deepEqual(errors, []);
});

test("a renewal that fails is told and tried again; one that is refused by name is not", async () => {
  const { socket, clock, errors, fetched } = await withTokens(120_000, 500_000);
  fetched.fails = true;
  clock.advance(108_000);
  await settle();
  assert.deepEqual(errors, ["client.connectFailed"]);
  fetched.fails = false;
  clock.advance(RETRY_MS);
  await settle();
  assert.equal(authorized(socket), "3");
  socket.refuse("authorize", { code: 1602, message: "keyUnknown", data: { kind: "access.denied" } });
  await settle();
  assert.deepEqual(errors, ["client.connectFailed", "access.denied"]);
  const { count } = fetched;
  clock.advance(RETRY_MS);
  await settle();
  assert.equal(fetched.count, count);
});

test("a clock that is wrong does not make it fetch in a loop", async () => {
  const { clock, fetched, socket } = await withTokens(-1e9);
  clock.advance(RETRY_MS - 1);
  await settle();
  assert.equal(fetched.count, 1);
  clock.advance(1);
  await settle();
  socket.answer("authorize");
  await settle();
  assert.equal(fetched.count, 2);
});

test("a call that is refused for its token is asked for anew under a new id, once; a text to speak is not", async () => {
  const { session, socket } = await withTokens(1e9);
  const expired = { code: 1604, message: "expired", data: { kind: "access.expired", retryable: false } };
  const extending = session.extend();
  await settle();
  const { id } = socket.request("session.extend");
  socket.refuse("session.extend", expired);
  await settle();
  assert.equal(authorized(socket), "2");
  socket.answer("authorize");
  await settle();
  assert.ok(socket.request("session.extend").id > id);
  socket.answer("session.extend", { expiresInMs: 5 });
  assert.deepEqual(await extending, { expiresInMs: 5 });
  const speaking = session.speak("x");
  socket.refuse("session.speak", expired);
  await assert.rejects(speaking, { kind: "access.expired" });
  await settle();
  socket.answer("authorize");
  await settle();
  assert.equal(authorized(socket), "3");
  assert.equal(socket.sent.filter(({ method }) => method === "session.speak").length, 1);
});

test("a token that is a string is shown for each connection and never renewed", async () => {
  const { session, socket, sockets, clock } = await resumableSession({ token: "e30.e30.same" });
  const extending = session.extend();
  socket.refuse("session.extend", { code: 1604, message: "expired", data: { kind: "access.expired" } });
  await assert.rejects(extending, { kind: "access.expired" });
  socket.drop(1006);
  clock.advance(200);
  await settle();
  assert.equal(shown(sockets[1]), "same");
});

test("no renewal is begun while there is no connection", async () => {
  const { socket, clock, fetched, sockets } = await withTokens(15_000, 1e9);
  socket.drop(1006);
  const before = fetched.count;
  clock.advance(100);
  await settle();
  assert.equal(fetched.count, before);
  assert.equal(sockets.length, 1);
});

test("a newer token that the page showed by itself is what the next connection brings", async () => {
  const { client, socket, sockets, clock } = await connectedClient();
  const authorizing = client.request("authorize", { token: "e30.e30.newer" });
  socket.answer("authorize");
  await authorizing;
  const refused = client.request("authorize", { token: "e30.e30.worse" });
  socket.refuse("authorize", { code: 1602, message: "expired", data: { kind: "access.denied" } });
  await assert.rejects(refused, { kind: "access.denied" });
  socket.drop(1006);
  clock.advance(300);
  await settle();
  assert.equal(shown(sockets[1]), "newer");
});

test("a token that never comes does not hold the attempts up for ever", async () => {
  let count = 0;
  const token = () => ((count += 1) === 1 ? Promise.resolve("e30.e30.first") : new Promise(() => {}));
  const { socket, clock } = await resumableSession({ token: /** @type {any} */ (token) });
  socket.drop(1006);
  clock.advance(200);
  await settle();
  assert.equal(count, 2);
  clock.advance(FETCH_TIMEOUT_MS);
  await settle();
  clock.advance(1000);
  await settle();
  assert.equal(count, 3);
});
