// What speaks with the relay, in time that the test moves: relay and mock together.
import assert from "node:assert/strict";
import test from "node:test";
import { MockStartError, contains, relayProgram, startRelay, withRelay } from "../index.js";
import { answerTo } from "./did-client.js";
import { Signaling } from "./signaling-client.js";

const skip = (() => {
  try {
    relayProgram();
    return false;
  } catch (error) {
    return error.message;
  }
})();

test("an idle session is warned of and ended without a second of waiting", { skip }, () => withRelay(async (relay) => {
  const peer = await Signaling.open(relay.signalingUrl);
  const { session, offer, limits } = await peer.ask("session.open", { provider: "did" });
  await peer.ask("session.answer", { session, answer: { type: "answer", sdp: answerTo(offer.sdp) } });
  await relay.clock.advance({ milliseconds: limits.idleMs - 30_000 });
  const expiring = await peer.next("session.expiring");
  assert.deepEqual([expiring.session, expiring.cause], [session, "idle"]);
  assert.ok(expiring.inMs > 0 && expiring.inMs <= 30_000);
  assert.equal((await relay.mock.sessions("open")).length, 1);
  await relay.clock.advance({ seconds: 30 });
  assert.equal((await peer.next("session.closed")).reason, "idle");
  await relay.mock.verifyNoOpenSessions({ timeout: 60 });
  peer.close();
}, "--media", "none"));

test("a talk over the vendor's WebSocket is verified as any other", { skip }, () => withRelay(async (relay) => {
  const peer = await Signaling.open(relay.signalingUrl);
  const { session, offer } = await peer.ask("session.open", { provider: "did-websocket" });
  await peer.ask("session.answer", { session, answer: { type: "answer", sdp: answerTo(offer.sdp) } });
  await peer.ask("session.candidate", { session, candidate: null });
  await peer.ask("session.speak", { session, text: "Hello, Ada." });
  await relay.mock.verify("did.streamText", { text: contains("Ada"), count: 1 });
  const parts = await relay.mock.calls("did.streamText");
  assert.equal(parts.map(({ text }) => text).join("").trim(), "Hello, Ada.");
  await peer.ask("session.close", { session });
  peer.close();
}, "--media", "none"));

test("both are at addresses of their own and end together", { skip }, async () => {
  const relay = await startRelay("--media", "none");
  assert.equal(relay.mock.url, relay.url);
  assert.notEqual(relay.mock.didUrl, relay.url);
  await relay.stop();
  for (const url of [relay.url, relay.mock.didUrl]) await assert.rejects(fetch(url));
});

test("a relay that cannot start says why", { skip }, async () => {
  await assert.rejects(startRelay("--media-folder", "no-such-folder"), (error) => {
    assert.ok(error instanceof MockStartError);
    assert.match(error.message, /no-such-folder/);
    return true;
  });
});
