// The strip in a picture, and what a row of strips tells.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readStrip, stripHeight } from "../console/media/frame-strip.js";
import { StripFollower } from "../console/media/strip-follower.js";

/** The example of docs/mock.md: frame 77, sent at 1795000000000. */
const DOCUMENTED = 0xa0004dee565e0034n;

/**
 * Pixels as a canvas gives them.
 * @param {bigint} bits
 * @param {(level: number, at: number) => number} [spoil]
 */
function painted(bits, width = 512, height = 18, spoil = (level) => level) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const edges = Array.from({ length: 33 }, (_, column) => Math.floor((column * width) / 32));
    const column = edges.findIndex((edge) => edge > x) - 1;
    const index = column + (y >= height / 2 ? 32 : 0);
    const level = (bits >> BigInt(63 - index)) & 1n ? 255 : 0;
    data.fill(spoil(level, at), 4 * at, 4 * at + 3);
  }
  return { width, height, data };
}

describe("reading", () => {
  for (const [width, height] of [[512, 512], [640, 480], [480, 360], [1280, 720], [150, 150], [1080, 1080]]) {
    test(`${width}x${height}`, () => {
      const rows = stripHeight(height);
      assert.deepEqual(readStrip(painted(DOCUMENTED, width, rows)), { frame: 77, sentAt: 1795000000000 % 2 ** 32 });
    });
  }

  test("a codec's noise does no harm", () => {
    const noisy = painted(DOCUMENTED, 512, 20, (level, at) => level + (level > 0 ? -90 : 90) * ((at % 7) / 6));
    assert.equal(readStrip(noisy)?.frame, 77);
  });

  test("one flipped bit is no strip", () => {
    for (let bit = 0n; bit < 64n; bit += 1n) assert.equal(readStrip(painted(DOCUMENTED ^ (1n << bit))), undefined);
  });

  test("a picture without one", () => {
    assert.equal(readStrip(painted(0n)), undefined);
    assert.equal(readStrip(painted(2n ** 64n - 1n)), undefined);
  });

  test("heights as documented", () => {
    assert.deepEqual([150, 360, 480, 512, 720, 1080].map(stripHeight), [16, 16, 16, 20, 24, 36]);
  });
});

describe("following", () => {
  /** @param {[frame: number, sentAt: number, shownAt: number][]} pictures */
  function follow(pictures) {
    const follower = new StripFollower();
    for (const [frame, sentAt, shownAt] of pictures) follower.add({ frame, sentAt }, shownAt);
    return follower;
  }

  test("the median of the delays, whatever the century", () => {
    const sent = 1795000000000;
    const { delayMs, missed, seen } = follow(
      [1, 2, 3].map((n) => [n, (sent + 40 * n) % 2 ** 32, sent + 40 * n + 80 + n]),
    );
    assert.deepEqual([delayMs, missed, seen], [82, 0, 3]);
  });

  test("pictures that never came are counted, the same one again is not", () => {
    const { missed, seen, frame } = follow([[7, 0, 50], [7, 0, 50], [9, 80, 130], [12, 200, 250]]);
    assert.deepEqual([missed, seen, frame], [3, 3, 12]);
  });

  test("numbers and times begin anew", () => {
    const { missed, delayMs } = follow([[2 ** 20 - 1, 2 ** 32 - 10, 2 ** 32 + 40], [0, 30, 2 ** 32 + 80]]);
    assert.deepEqual([missed, delayMs], [0, 50]);
  });

  test("another stream, and noise that looked like a strip, are no gap", () => {
    const { missed, delayMs } = follow([[900000, 0, 5000], [3, 100, 150]]);
    assert.deepEqual([missed, delayMs], [0, undefined]);
  });

  test("clocks that disagree by a little give a negative delay, by a lot none", () => {
    assert.equal(follow([[1, 1000, 990]]).delayMs, -10);
    assert.equal(follow([[1, 1000, 1_000_000]]).delayMs, undefined);
    assert.equal(follow([[1, 100_000, 1_000]]).delayMs, undefined);
  });

  test("a picture without a strip changes nothing", () => {
    const follower = new StripFollower();
    follower.add(undefined, 5);
    assert.deepEqual([follower.delayMs, follower.seen], [undefined, 0]);
  });
});
