// The data channel's states, each told once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DataChannel } from "../client/media/peer-connection.js";
import { Emitter } from "../client/connection/emitter.js";
import { FakeChannel } from "./fakes/peer.js";

test("a channel that came open, and says so again, opened once", () => {
  /** @type {Emitter<import("../client/media/peer-connection.js").ChannelEvents>} */
  const events = new Emitter();
  /** @type {string[]} */
  const told = [];
  events.on("state", ({ state, label }) => told.push(`${label} ${state}`));
  const channel = new FakeChannel("data");
  channel.readyState = "open";
  new DataChannel(events).adopt(/** @type {any} */ (channel));
  channel.open();
  channel.close();
  assert.deepEqual(told, ["data open", "data closed"]);
});
