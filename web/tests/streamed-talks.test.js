// Texts that are spoken while they come: their parts, their end, and what becomes of them when something breaks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_READ_AHEAD } from "../client/session/text-pieces.js";
import { connectedSession, resumableSession } from "./fakes/relayed.js";
import { settle } from "./fakes/settle.js";
import { Tap } from "./fakes/tap.js";

const limits = { graceMs: 0, maxTextBytes: 9000, text: /** @type {const} */ ({ unit: "utf16", min: 1, max: 9000 }) };

/**
 * A session that is asked to speak what comes out of a tap.
 * @param {{ signal?: AbortSignal }} [how]
 * @param {import("../client/protocol.js").JSONObject} [options]
 */
async function speakingSession(how, options) {
  const made = await connectedSession({}, { limits });
  const tap = new Tap();
  const speaking = made.session.speak(tap, options, how);
  speaking.catch(() => {});
  await settle();
  return { ...made, tap, speaking, said: () => saidOn(made.socket) };
}

/**
 * A talk whose first part was accepted.
 * @param {{ signal?: AbortSignal }} [how]
 */
async function begunTalk(how) {
  const made = await speakingSession(how);
  made.tap.give("Once");
  await settle();
  made.socket.answer("session.speak", { talk: "t1" });
  const talk = await made.speaking;
  return { ...made, talk, outcome: outcomeOf(talk.finished) };
}

/**
 * What was asked for of talks, in order.
 * @param {import("./fakes/socket.js").FakeSocket} socket
 */
function saidOn(socket) {
  const about = socket.sent.filter(({ method }) => method.startsWith("session.speak") || method === "session.interrupt");
  return about.map(({ method, params: { session: _, ...params } }) => [method.slice("session.".length), params]);
}

/**
 * How a promise ends: a phase, or an error's kind.
 * @param {Promise<import("../client/avatar-relay.js").TalkEvent>} promise
 */
const outcomeOf = (promise) => promise.then(({ phase }) => phase, ({ kind }) => kind);

test("a text is spoken as it comes, one part at a time, and what comes meanwhile joins the next", async () => {
  const { socket, tap, speaking, said, notify } = await speakingSession({}, { name: "n" });
  assert.deepEqual(said(), []);
  tap.give("Once");
  await settle();
  tap.give(" upon", " a");
  await settle();
  assert.deepEqual(said(), [["speak", { open: true, text: "Once", options: { name: "n" } }]]);
  socket.answer("session.speak", { talk: "t1", providerMs: 9 });
  const talk = await speaking;
  assert.deepEqual({ ...talk }, { talk: "t1", providerMs: 9 });
  await settle();
  tap.give(" time");
  tap.end();
  await settle();
  socket.answer("session.speakPart");
  await settle();
  socket.answer("session.speakPart");
  await settle();
  assert.deepEqual(said().slice(1), [
    ["speakPart", { talk: "t1", index: 1, text: " upon a" }],
    ["speakPart", { talk: "t1", index: 2, text: " time" }],
    ["speakEnd", { talk: "t1", index: 3 }],
  ]);
  socket.answer("session.speakEnd");
  notify("session.talk", { talk: "t1", phase: "ended" });
  assert.equal(await outcomeOf(talk.finished), "ended");
  assert.equal(tap.isClosed, false);
});

test("blank pieces go with the words that follow, and the end of a text needs none", async () => {
  const { socket, tap, speaking, said } = await speakingSession();
  tap.give(" ", "\n", "", "\n");
  await settle();
  assert.deepEqual(said(), []);
  tap.give("Yes.");
  await settle();
  socket.answer("session.speak", { talk: "t1" });
  await speaking;
  tap.give(" ");
  tap.end();
  await settle();
  assert.deepEqual(said(), [["speak", { open: true, text: "\n\nYes." }], ["speakEnd", { talk: "t1", index: 1 }]]);
});

test("a text without a word is not spoken", async () => {
  const { tap, speaking, said } = await speakingSession();
  tap.give(" \n");
  tap.end();
  await assert.rejects(speaking, { kind: "talk.tooShort", method: "session.speak" });
  assert.deepEqual(said(), []);
});

test("a stream of bytes is read as UTF-8, wherever it was cut", async () => {
  const { session, socket } = await connectedSession({}, { limits });
  const bytes = new TextEncoder().encode("Grüße 😀");
  const stream = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
      controller.close();
    },
  });
  session.speak(stream).catch(() => {});
  await settle();
  const [, { text }] = saidOn(socket)[0];
  socket.answer("session.speak", { talk: "t1" });
  await settle();
  socket.answer("session.speakPart");
  await settle();
  const [[, part], [end]] = saidOn(socket).slice(1);
  assert.equal(text + part.text, "Grüße 😀");
  assert.equal(end, "speakEnd");
});

test("half a character waits for its other half", async () => {
  const { tap, said, socket, speaking } = await speakingSession();
  tap.give("a\ud83d");
  await settle();
  assert.deepEqual(said(), [["speak", { open: true, text: "a" }]]);
  socket.answer("session.speak", { talk: "t1" });
  await speaking;
  await settle();
  assert.equal(said().length, 1);
  tap.give("\ude00");
  await settle();
  assert.equal(said()[1][1].text, "😀");
});

test("a long piece is cut into parts, and never through a character", async () => {
  const { tap, said, socket, speaking } = await speakingSession();
  const long = "a" + "😀".repeat(900);
  tap.give(long);
  tap.end();
  await settle();
  socket.answer("session.speak", { talk: "t1" });
  await speaking;
  await settle();
  socket.answer("session.speakPart");
  await settle();
  const parts = said().filter(([, { text }]) => text).map(([, { text }]) => text);
  assert.equal(parts.join(""), long);
  assert.deepEqual(parts.map(({ length }) => length), [999, 802]);
});

test("a source is read a bounded way ahead", async () => {
  const { tap, said, socket, speaking } = await speakingSession();
  tap.give(...Array(100).fill("x".repeat(MAX_READ_AHEAD / 10)));
  await settle();
  assert.equal(said().length, 1);
  assert.ok(tap.asked <= 12, `${tap.asked} were asked for`);
  socket.answer("session.speak", { talk: "t1" });
  await speaking;
  const before = tap.asked;
  await settle();
  assert.ok(tap.asked > before && tap.asked <= before + 3);
});

test("an interruption ends the source, and nothing more is sent", async () => {
  const { session, tap, said, socket, notify, outcome } = await begunTalk();
  tap.give(" upon");
  await settle();
  const interrupting = session.interrupt();
  tap.give(" a time");
  await settle();
  assert.equal(tap.isClosed, false);
  socket.answer("session.interrupt");
  await interrupting;
  assert.equal(tap.isClosed, true);
  socket.refuse("session.speakPart", { code: 1, message: "", data: { kind: "talk.notFound" } });
  notify("session.talk", { talk: "t1", phase: "ended" });
  assert.equal(await outcome, "ended");
  assert.deepEqual(said().slice(1).map(([method]) => method), ["speakPart", "interrupt"]);
});

test("an interruption of another talk, and one that is refused, change nothing", async () => {
  const { session, tap, said, socket } = await begunTalk();
  for (const talk of ["t2", undefined]) {
    const interrupting = session.interrupt(talk);
    await settle();
    if (talk) socket.answer("session.interrupt");
    else socket.refuse("session.interrupt", { code: 1, message: "", data: { kind: "notSupported" } });
    await interrupting.catch(() => {});
  }
  tap.give(" upon");
  await settle();
  assert.equal(said().at(-1)?.[0], "speakPart");
  assert.equal(tap.isClosed, false);
});

test("what was not begun when it is interrupted is not spoken", async () => {
  const { session, tap, speaking, said, socket } = await speakingSession();
  const interrupting = session.interrupt();
  await settle();
  socket.answer("session.interrupt");
  await interrupting;
  await assert.rejects(speaking, { kind: "talk.interrupted" });
  assert.deepEqual(said(), [["interrupt", {}]]);
  assert.equal(tap.isClosed, true);
});

test("the relay's word that a talk was interrupted ends the source", async () => {
  const { tap, said, socket } = await begunTalk();
  tap.give(" upon");
  await settle();
  socket.answer("session.speakPart", { interrupted: true });
  await settle();
  assert.equal(tap.isClosed, true);
  assert.equal(said().at(-1)?.[0], "speakPart");
});

test("the end of a talk ends its source, though no part is on its way", async () => {
  const { tap, said, notify } = await begunTalk();
  notify("session.talk", { talk: "t0", phase: "ended" });
  assert.equal(tap.isClosed, false);
  notify("session.talk", { talk: "t1", phase: "failed", error: { code: 1, message: "", data: { kind: "provider.moderation" } } });
  await settle();
  assert.equal(tap.isClosed, true);
  assert.equal(said().length, 1);
});

test("a signal gives the talk up before its first words are accepted", async () => {
  const early = new AbortController();
  early.abort();
  const { speaking: never, tap: untouched } = await speakingSession({ signal: early.signal });
  await assert.rejects(never, { kind: "client.cancelled" });
  assert.equal(untouched.asked, 0);

  const waiting = new AbortController();
  const first = await speakingSession({ signal: waiting.signal });
  waiting.abort();
  await assert.rejects(first.speaking, { kind: "client.cancelled" });
  assert.equal(first.tap.isClosed, true);
  assert.deepEqual(first.said(), []);

  const asked = new AbortController();
  const second = await speakingSession({ signal: asked.signal });
  second.tap.give("Once");
  await settle();
  asked.abort();
  second.socket.answer("session.speak", { talk: "t1" });
  await assert.rejects(second.speaking, { kind: "client.cancelled" });
  assert.deepEqual(second.said().slice(1), [["interrupt", { talk: "t1" }], ["speakEnd", { talk: "t1", index: 1 }]]);
});

test("a signal cuts the talk off, or ends it where it cannot be cut off, until it was spoken", async () => {
  const controller = new AbortController();
  const { tap, said, socket, notify, outcome } = await begunTalk({ signal: controller.signal });
  controller.abort();
  await settle();
  assert.equal(tap.isClosed, true);
  assert.deepEqual(said().slice(1), [["interrupt", { talk: "t1" }], ["speakEnd", { talk: "t1", index: 1 }]]);
  socket.refuse("session.interrupt", { code: 1, message: "", data: { kind: "notSupported" } });
  socket.answer("session.speakEnd");
  notify("session.talk", { talk: "t1", phase: "ended" });
  assert.equal(await outcome, "ended");

  const late = new AbortController();
  const spoken = await begunTalk({ signal: late.signal });
  spoken.tap.end();
  await settle();
  spoken.socket.answer("session.speakEnd");
  spoken.notify("session.talk", { talk: "t1", phase: "ended" });
  await spoken.outcome;
  late.abort();
  assert.deepEqual(spoken.said().at(-1)?.[0], "speakEnd");
});

test("a source that throws ends the talk after what came before, and the talk says so", async () => {
  const { tap, said, socket, talk, outcome } = await begunTalk();
  tap.give(" upon");
  await settle();
  const fault = new Error("the model is gone");
  tap.fail(fault);
  await settle();
  socket.answer("session.speakPart");
  await settle();
  assert.deepEqual(said().slice(1).map(([method]) => method), ["speakPart", "speakEnd"]);
  socket.answer("session.speakEnd");
  assert.equal(await outcome, "client.textFailed");
  await assert.rejects(talk.finished, { cause: fault, message: /the model is gone/ });
});

test("a source that throws before its first word is not spoken", async () => {
  const { tap, said, speaking } = await speakingSession();
  tap.fail(new Error("no"));
  await assert.rejects(speaking, { kind: "client.textFailed" });
  assert.deepEqual(said(), []);
});

test("a piece that is no text ends the talk and the source", async () => {
  const { tap, said, outcome, socket } = await begunTalk();
  tap.give({ choices: [] });
  await settle();
  assert.equal(tap.isClosed, true);
  socket.answer("session.speakEnd");
  assert.equal(await outcome, "client.textFailed");
  assert.equal(said().length, 2);
});

test("a part of unknown fate fails the talk and ends the source", async () => {
  const { tap, said, socket, outcome } = await begunTalk();
  tap.give(" upon");
  await settle();
  tap.give(" a time");
  await settle();
  socket.refuse("session.speakPart", { code: 1, message: "", data: { kind: "talk.unknown" } });
  await settle();
  assert.equal(tap.isClosed, true);
  socket.refuse("session.speakEnd", { code: 1, message: "", data: { kind: "talk.unknown" } });
  assert.equal(await outcome, "talk.unknown");
  assert.ok(!said().some(([, { text }]) => text?.includes("time")));
});

test("where a part is not taken, the talk's end takes its place", async () => {
  const { tap, said, socket, outcome } = await begunTalk();
  tap.give(" upon");
  await settle();
  socket.answer("session.speakPart");
  tap.give(" a time");
  await settle();
  socket.refuse("session.speakPart", { code: 1, message: "", data: { kind: "talk.tooLong" } });
  await settle();
  assert.deepEqual(said().slice(2), [["speakPart", { talk: "t1", index: 2, text: " a time" }], ["speakEnd", { talk: "t1", index: 2 }]]);
  socket.answer("session.speakEnd");
  assert.equal(await outcome, "talk.tooLong");
  assert.equal(tap.isClosed, true);
});

test("a part that the relay had no room for is sent again, with what came meanwhile after it", async () => {
  const { tap, said, socket, clock } = await begunTalk();
  tap.give(" upon");
  await settle();
  tap.give(" a");
  socket.refuse("session.speakPart", { code: 1, message: "", data: { kind: "request.rate", retryAfterMs: 50 } });
  await settle();
  assert.equal(said().length, 2);
  clock.advance(50);
  await settle();
  socket.answer("session.speakPart");
  await settle();
  const parts = said().slice(1).map(([, { index, text }]) => [index, text]);
  assert.deepEqual(parts, [[1, " upon"], [1, " upon"], [2, " a"]]);
});

test("a limit that lasts is not waited for", async () => {
  const { tap, socket, outcome } = await begunTalk();
  tap.give(" upon");
  await settle();
  socket.refuse("session.speakPart", { code: 1, message: "", data: { kind: "talk.limit", retryAfterMs: 60_000 } });
  await settle();
  socket.answer("session.speakEnd");
  assert.equal(await outcome, "talk.limit");
});

test("after a resume it goes on with the first part that was not answered, under the same id", async () => {
  const { session, socket, reconnect } = await resumableSession({}, { limits: { ...limits, graceMs: 30_000 } });
  const tap = new Tap();
  const speaking = session.speak(tap);
  tap.give("Once");
  await settle();
  socket.answer("session.speak", { talk: "t1" });
  await speaking;
  tap.give(" upon");
  await settle();
  const { id } = socket.request("session.speakPart");
  socket.drop(1006);
  tap.give(" a");
  await settle();
  const next = await reconnect();
  next.answer("session.resume", { secret: "new", replayed: 0 });
  await settle();
  assert.deepEqual(next.request("session.speakPart"), {
    jsonrpc: "2.0",
    id,
    method: "session.speakPart",
    params: { session: "s1", talk: "t1", index: 1, text: " upon" },
  });
  next.answer("session.speakPart");
  tap.end();
  await settle();
  next.answer("session.speakPart");
  await settle();
  assert.deepEqual(saidOn(next).slice(1).map(([method, { index }]) => [method, index]), [["speakPart", 2], ["speakEnd", 3]]);
});

test("the end of the session ends the source, whatever is on its way", async () => {
  const lost = await begunTalk();
  lost.tap.give(" upon");
  await settle();
  lost.socket.drop(1011);
  assert.equal(await lost.outcome, "session.closed");
  assert.equal(lost.tap.isClosed, true);

  const closed = await begunTalk();
  closed.notify("session.closed", { reason: "idle", action: "reconnect" });
  assert.equal(await closed.outcome, "session.closed");
  assert.equal(closed.tap.isClosed, true);

  const waiting = await speakingSession();
  waiting.notify("session.closed", { reason: "idle", action: "reconnect" });
  await assert.rejects(waiting.speaking, { kind: "session.closed" });
  assert.equal(waiting.tap.isClosed, true);

  const asked = await speakingSession();
  asked.tap.give("Once");
  await settle();
  asked.socket.drop(1011);
  await assert.rejects(asked.speaking, { kind: "talk.unknown" });
  assert.equal(asked.tap.isClosed, true);
});
