// A program for Node: both entries of the package load, and are one and the same code.
import assert from "node:assert/strict";
import { AvatarSession, SignalingClient } from "avatar-relay";
import * as signaling from "avatar-relay/signaling";

assert.equal(signaling.SignalingClient, SignalingClient);
assert.equal(signaling.SUBPROTOCOL, "avatar-relay.v1");
const refused = AvatarSession.open({ url: "ws://127.0.0.1:9/v1/signaling", provider: "did", WebSocket: class {
  constructor() {
    throw new Error("no network here");
  }
} });
await assert.rejects(refused, { name: "SignalingError", kind: "client.connectFailed" });
