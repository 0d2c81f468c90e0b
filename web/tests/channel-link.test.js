// The data channel's states, each told once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChannelLink } from "../client/channel-link.js";
import { Emitter } from "../client/emitter.js";
import { FakeChannel } from "./fakes/peer.js";

test("a channel that came open, and says so again, opened once", () => {
  /** @type {Emitter<import("../client/channel-link.js").ChannelEvents>} */
  const events = new Emitter();
  /** @type {string[]} */
  const told = [];
  events.on("state", ({ state, label }) => told.push(`${label} ${state}`));
  const channel = new FakeChannel("data");
  channel.readyState = "open";
  new ChannelLink(events).adopt(/** @type {any} */ (channel));
  channel.open();
  channel.close();
  assert.deepEqual(told, ["data open", "data closed"]);
});
