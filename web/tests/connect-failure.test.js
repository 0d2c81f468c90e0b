// Why a connection was never made, as the relay's answer to a plain request tells.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SignalingClient } from "../client/avatar-relay.js";
import { ManualClock } from "./fakes/clock.js";
import { settle } from "./fakes/settle.js";
import { socketFactory } from "./fakes/socket.js";

const url = "ws://relay.test/v1/signaling?room=secret";

/**
 * The error of a connection that failed, where a plain request is answered like this.
 * @param {(mode: string | undefined) => Promise<{ status: number }>} answer
 */
async function failure(answer) {
  const { WebSocket, sockets } = socketFactory();
  const clock = new ManualClock();
  /** @type {string[]} */
  const asked = [];
  const fetch = (/** @type {string} */ address, /** @type {{ mode?: string }} */ { mode }) => {
    asked.push(address);
    return answer(address.endsWith("/origin") ? "origin" : mode);
  };
  const client = new SignalingClient({ url, WebSocket, clock, fetch });
  const connecting = client.connect().then(() => undefined, (reason) => reason);
  sockets[0].drop(1006);
  await settle();
  clock.advance(3000);
  const error = await connecting;
  assert.equal(error.kind, "client.connectFailed");
  assert.ok(asked.every((address) => /^http:\/\/relay\.test\/v1\/(signaling|origin)$/.test(address)));
  return error;
}

const rows = /** @type {[string, (mode?: string) => Promise<{ status: number }>, RegExp, boolean][]} */ ([
  ["nobody is there", () => Promise.reject(new TypeError("no")), /^Nothing answers at ws:\/\/relay\.test\/v1\/signaling\. /, true],
  [
    "what is there is no relay",
    (mode) => (mode === "no-cors" ? Promise.resolve({ status: 0 }) : Promise.reject(new TypeError("no"))),
    /^Something answers at .*no relay, another path/,
    false,
  ],
  ["the path is another", () => Promise.resolve({ status: 404 }), /has nothing at \/v1\/signaling/, false],
  ["the origin is refused", (mode) => Promise.resolve({ status: mode === "origin" ? 403 : 426 }), /web\.allowed-origins/, false],
  ["a proxy is in between", () => Promise.resolve({ status: 426 }), /proxy/, true],
  ["the server is in trouble", () => Promise.resolve({ status: 502 }), /answered 502/, true],
  ["the answer takes too long", () => new Promise(() => {}), /failed before it was open \(close code 1006\)/, true],
]);

for (const [what, answer, words, retryable] of rows) {
  test(`a failed connection says it when ${what}`, async () => {
    const error = await failure(answer);
    assert.match(error.message, words);
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(error.retryable, retryable);
  });
}
