// When the console says that a talk of unknown fate is spoken after all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TalkFates } from "../console/session/talk-fates.js";

/** @param {(fates: TalkFates) => void} happen */
function resolvedIn(happen) {
  let resolved = 0;
  happen(new TalkFates(() => (resolved += 1)));
  return resolved;
}

/**
 * @param {string} talk
 * @param {import("../client/avatar-relay.js").TalkEvent["phase"]} phase
 */
const event = (talk, phase) => ({ talk, phase, estimated: false, durationMs: undefined, error: undefined });
const DID = 'stream/started:{"metadata":{"videoId":"v"}}';
const HEYGEN = '{"type":"avatar_start_talking","task_id":"t"}';

for (const start of [DID, HEYGEN]) {
  test(`a start that nobody expects is that of the talk of unknown fate (${start.slice(0, 14)})`, () => {
    assert.equal(resolvedIn((fates) => {
      fates.asked();
      fates.refused("talk.unknown");
      fates.hear("stream/done");
      fates.hear(start);
    }), 1);
  });
}

test("a start that is heard before the error counts, too, and no other error makes it one", () => {
  for (const [kind, expected] of /** @type {const} */ ([["talk.unknown", 1], ["provider.rejected", 0]])) {
    assert.equal(resolvedIn((fates) => {
      fates.asked();
      fates.hear(DID);
      fates.refused(kind);
    }), expected);
  }
});

test("the start of a known talk is its own, whichever way comes first", () => {
  assert.equal(resolvedIn((fates) => {
    fates.asked();
    fates.answered("a");
    fates.tell(event("a", "accepted"));
    fates.hear(DID);
    fates.tell(event("a", "started"));
    fates.asked();
    fates.hear(DID);
    fates.answered("b");
    fates.tell(event("b", "started"));
  }), 0);
});

test("a talk that the relay names, though its answer was lost, is told once", () => {
  assert.equal(resolvedIn((fates) => {
    fates.asked();
    fates.refused("talk.unknown");
    fates.tell(event("c", "accepted"));
    fates.hear(DID);
    fates.tell(event("c", "started"));
    fates.tell(event("c", "ended"));
  }), 1);
});
