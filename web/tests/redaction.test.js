// What is shown of a message never holds what opens something.
import assert from "node:assert/strict";
import { test } from "node:test";
import { redact } from "../client/avatar-relay.js";
import { connectedSession } from "./fakes/relayed.js";

test("secrets, credentials, tokens and ICE passwords are blotted out, at any depth", () => {
  const message = {
    id: 1,
    result: {
      secret: "abc",
      offer: { type: "offer", sdp: "v=0\r\na=ice-ufrag:u\r\na=ice-pwd:hush\r\na=ice-pwd:hush2\r\n" },
      iceServers: [{ urls: ["turn:x"], username: "1:viewer", credential: "def" }],
      room: { url: "wss://x", token: "ghi" },
      limits: { graceMs: 0 },
      nothing: null,
    },
  };
  const shown = redact(message);
  assert.doesNotMatch(JSON.stringify(shown), /abc|def|ghi|hush/);
  assert.equal(shown.result.offer.sdp.split("\r\n")[1], "a=ice-ufrag:u");
  assert.equal(shown.result.iceServers[0].username, "1:viewer");
  assert.deepEqual(shown.result.limits, { graceMs: 0 });
  assert.equal(message.result.secret, "abc");
});

test("the texts that are spoken are not touched, even if they speak of secrets", () => {
  const message = { params: { text: "a=ice-pwd:not me", options: { name: "token" } } };
  assert.deepEqual(redact(message), message);
});

test("what a session shows of its messages is redacted, with direction, time and size", async () => {
  /** @type {import("../client/avatar-relay.js").LoggedMessage[]} */
  const logged = [];
  const { session, socket, clock } = await connectedSession();
  session.on("message", (event) => logged.push(event));
  clock.advance(40);
  socket.deliver({ jsonrpc: "2.0", method: "server.draining", params: { deadlineMs: 5, token: "x" } });
  socket.deliverRaw("not JSON");
  session.speak("Grüß Gott").catch(() => {});
  assert.deepEqual(logged.map(({ direction, at, message }) => [direction, at, message !== undefined]), [
    ["received", 40, true],
    ["received", 40, false],
    ["sent", 40, true],
  ]);
  assert.equal(logged[1].bytes, 8);
  assert.equal(/** @type {any} */ (logged[0].message).params.token, "[redacted]");
});
