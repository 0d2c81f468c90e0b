// The video element: autoplay rules and detaching.
import assert from "node:assert/strict";
import { test } from "node:test";
import { attachVideo } from "../client/media/session-media.js";
import { FakeStream } from "./fakes/peer.js";
import { settle } from "./fakes/settle.js";

class FakeVideo extends EventTarget {
  muted = false;
  autoplay = false;
  playsInline = false;
  /** @type {unknown} */
  srcObject = null;
  /** @type {boolean[]} whether it was muted at each try */
  tries = [];
  /** @type {(muted: boolean) => string | undefined} the name of the error to throw */
  rule = () => undefined;

  async play() {
    this.tries.push(this.muted);
    const name = this.rule(this.muted);
    if (name) throw Object.assign(new Error(name), { name });
  }
}

/** @param {(muted: boolean) => string | undefined} rule */
function attached(rule) {
  const video = new FakeVideo();
  video.rule = rule;
  const stream = new FakeStream();
  let refused = 0;
  const detach = attachVideo(/** @type {any} */ (video), /** @type {any} */ (stream), () => (refused += 1));
  return { video, stream, detach, refusals: () => refused };
}

test("it plays with sound where that is allowed", async () => {
  const { video, stream, refusals } = attached(() => undefined);
  assert.equal(video.srcObject, stream);
  assert.deepEqual(video.tries, []);
  video.dispatchEvent(new Event("loadedmetadata"));
  await settle();
  assert.deepEqual([video.tries, refusals()], [[false], 0]);
});

test("it plays muted, and says so, where sound needs a click", async () => {
  const { video, refusals } = attached((muted) => (muted ? undefined : "NotAllowedError"));
  video.dispatchEvent(new Event("loadedmetadata"));
  await settle();
  assert.deepEqual([video.tries, video.muted, refusals()], [[false, true], true, 1]);
});

test("an interrupted load is no refusal", async () => {
  const { video, refusals } = attached(() => "AbortError");
  video.dispatchEvent(new Event("loadedmetadata"));
  await settle();
  assert.deepEqual([video.muted, refusals()], [false, 0]);
});

test("detaching empties the element, unless somebody else has filled it", () => {
  const { video, detach } = attached(() => undefined);
  detach();
  assert.equal(video.srcObject, null);
  const other = attached(() => undefined);
  other.video.srcObject = "another";
  other.detach();
  assert.equal(other.video.srcObject, "another");
});
