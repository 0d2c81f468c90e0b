// The console's own thinking: steps, words for messages, options.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MessageSummaries } from "../console/timeline/message-summary.js";
import { NegotiationProgress, STEPS } from "../console/session/progress.js";
import { openParameters, PROVIDERS } from "../console/session/providers.js";
import { resumedWords, situation, waitingWords } from "../console/words.js";
import { transcript, transcriptNames } from "./fakes/transcript.js";

/**
 * The messages of a transcript as the client logs them, ten milliseconds apart.
 * @param {string} name
 */
function logged(name) {
  return transcript(name)
    .filter((line) => line.message)
    .map(({ from, message }, index) => ({
      direction: /** @type {"sent" | "received"} */ (from === "client" ? "sent" : "received"),
      at: index * 10,
      bytes: 0,
      message,
    }));
}

/** @param {string} name */
function statuses(name, count = Infinity) {
  const progress = new NegotiationProgress();
  for (const message of logged(name).slice(0, count)) progress.add(message);
  return STEPS.map((step) => progress.steps[step].status).join(" ");
}

describe("the steps of a transcript", () => {
  test("did-talk, from nothing to the end", () => {
    assert.equal(statuses("did-talk", 0), "waiting waiting waiting waiting waiting waiting waiting");
    assert.equal(statuses("did-talk", 1), "active waiting waiting waiting waiting waiting waiting");
    assert.equal(statuses("did-talk", 2), "done done active waiting waiting waiting waiting");
    assert.equal(statuses("did-talk", 9), "done done done active active waiting waiting");
    assert.equal(statuses("did-talk", 12), "done done done active active waiting waiting");
    assert.equal(statuses("did-talk", 13), "done done done done active waiting waiting");
    assert.equal(statuses("did-talk"), "done done done done done done done");
  });
  test("a browser's offer needs no offer of the provider", () => {
    assert.equal(statuses("client-offers"), "done waiting done done done active done");
  });
  test("a room has no negotiation, and a failed talk is a failed step", () => {
    assert.equal(statuses("room-grant"), "done waiting waiting waiting done failed done");
  });
  test("a refused opening fails, and a later one may do", () => {
    assert.equal(statuses("provider-limit", 2), "failed waiting waiting waiting waiting waiting waiting");
  });
});

test("the provider's part stands beside the step", () => {
  const progress = new NegotiationProgress();
  for (const message of logged("did-talk")) progress.add(message);
  const took = Object.fromEntries(STEPS.map((step) => [step, progress.steps[step].providerMs]));
  const none = undefined;
  assert.deepEqual(took, { open: 612, offer: none, answer: 148, candidates: none, live: none, talk: 905, closed: none });
});

test("what was under way at the end is not under way any more", () => {
  const progress = new NegotiationProgress();
  for (const message of logged("did-talk").slice(0, 9)) progress.add(message);
  progress.end();
  const after = STEPS.map((step) => progress.steps[step].status).join(" ");
  assert.equal(after, "done done done waiting waiting waiting waiting");
});

test("every message of every transcript has a title and short words", () => {
  for (const name of transcriptNames().filter((name) => name !== "errors")) {
    const summaries = new MessageSummaries();
    for (const message of logged(name)) {
      const { title, words, role } = summaries.summarize(message);
      assert.ok(words.length <= 90, `${name}: ${words}`);
      // That transcript has two answers to one id, which only a client that asks twice would get.
      assert.ok(title !== "answer" || name === "conflict-and-stale-ids", `${name}: ${words}`);
      assert.ok(role !== "unreadable");
    }
  }
});

test("answers are named after what they answer, with the time that they took", () => {
  const summaries = new MessageSummaries();
  const [ask, answer] = logged("did-talk");
  assert.equal(summaries.summarize(ask).words, "did · https://example.com/alice.jpg");
  const { title, words, hollow } = summaries.summarize(answer);
  assert.deepEqual([title, words, hollow], ["session.open", "offer · audio, video, application · 10 ms · provider 612 ms", false]);
  const pong = { direction: /** @type {const} */ ("received"), at: 0, bytes: 0, message: { id: 77, result: {} } };
  assert.deepEqual(summaries.summarize(pong), { title: "answer", words: "ok", role: "answer", hollow: true });
});

test("a candidate is summed up by its type and address", () => {
  const summaries = new MessageSummaries();
  const line = "candidate:1 1 UDP 2122 192.0.2.4 46243 typ srflx raddr 0.0.0.0 rport 0";
  const candidate = { candidate: line, sdpMid: "0" };
  const message = { id: 1, method: "session.candidate", params: { session: "s", candidate } };
  assert.equal(summaries.summarize({ direction: "sent", at: 0, bytes: 0, message }).words, "srflx udp 192.0.2.4:46243");
});

test("what is chosen becomes the parameters of session.open; the JSON field wins", () => {
  const [did, heygen] = PROVIDERS;
  const agent = did.kinds[2];
  assert.deepEqual(openParameters(did, agent, " agt_1 ", { compatibility_mode: "", stream_warmup: false }, {}), {
    provider: "did",
    avatar: "agt_1",
    options: { kind: "agent" },
  });
  assert.deepEqual(openParameters(heygen, heygen.kinds[0], "", { quality: "low" }, { quality: "high" }), {
    provider: "heygen",
    options: { quality: "high" },
  });
});

test("the caption never claims media where there is none", () => {
  assert.match(situation("connecting", "checking", false)[0], /no media yet/);
  assert.match(situation("connecting", "disconnected", false)[0], /no media/);
  assert.match(situation("live", "disconnected", false)[0], /interrupted/);
  assert.match(situation("connecting", "new", true)[1], /room/);
});

test("what keeps a session waiting is said, and nothing while all is well", () => {
  for (const phase of /** @type {const} */ (["new", "connecting", "connected"])) {
    assert.equal(waitingWords({ phase }), undefined);
  }
  const place = (/** @type {number} */ position) => waitingWords({ phase: "waiting", position })?.words;
  assert.deepEqual([1, 2, 5].map(place), ["You are next.", "1 is before you.", "4 are before you."]);
  const attempt = waitingWords({ phase: "resuming", attempt: 3, nextInMs: 1200 });
  assert.match(attempt?.words ?? "", /Attempt 3 in $/);
  assert.equal(attempt?.inMs, 1200);
  const now = waitingWords({ phase: "resuming", attempt: 3, nextInMs: 0 });
  assert.match(now?.words ?? "", /Attempt 3 is under way\./);
  assert.equal(now?.inMs, undefined);
});

test("a session that is back says how long it was away and what it missed", () => {
  const words = (/** @type {number} */ afterMs, /** @type {number} */ replayed, resynced = false) =>
    resumedWords({ afterMs, replayed, resynced });
  assert.equal(words(320.4, 0), "It was away for 320 ms, and missed nothing.");
  assert.match(words(1500, 1), /1\.5 s; 1 message that was missed follows\./);
  assert.match(words(1500, 2), /2 messages that were missed follow\./);
  assert.match(words(1500, 0, true), /too much/);
});
