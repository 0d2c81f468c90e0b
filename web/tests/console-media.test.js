// What the console makes of media: figures, and words for the data channel's events.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { channelStateSummary, channelSummary } from "../console/timeline/channel-summary.js";
import { MediaRates } from "../console/media/media-rates.js";
import { wordsOf } from "../console/media/spoken-words.js";

const NO_STRIP = { delayMs: undefined, missed: 0 };
const TRACK = { packets: 1, packetsLost: 0, jitterMs: 1 };

/**
 * @param {number} at
 * @param {{ bytes?: number, frames?: number, energy?: number, lost?: number, dropped?: number }} [counts]
 * @returns {import("../client/avatar-relay.js").MediaStatistics}
 */
function statistics(at, counts = {}) {
  const { bytes = 0, frames = 0, energy = 0, lost = 0, dropped = 0 } = counts;
  return {
    at,
    path: { local: "host", remote: "prflx", protocol: "udp", remoteAddress: "127.0.0.1:40000", roundTripMs: 0.5 },
    video: { ...TRACK, codec: "VP8", bytes, packetsLost: lost, width: 512, height: 512, framesDecoded: frames,
      framesDropped: dropped, freezes: 0 },
    audio: { ...TRACK, codec: "opus", bytes: 0, energy },
  };
}

/** @param {Record<string, { value: string, note: string }>} figures */
const lines = (figures) =>
  Object.fromEntries(Object.entries(figures).map(([name, { value, note }]) => [name, `${value} | ${note}`]));

describe("figures", () => {
  test("nothing yet", () => {
    const figures = new MediaRates().figures(undefined, NO_STRIP);
    assert.deepEqual(new Set(Object.values(lines(figures))), new Set(["– | "]));
  });

  test("two looks give rates, over the time that really passed", () => {
    const rates = new MediaRates();
    rates.figures(statistics(1000), NO_STRIP);
    const later = statistics(3000, { bytes: 250_000, frames: 50, energy: 0.5 });
    const figures = rates.figures(later, { delayMs: 84, missed: 0 });
    assert.deepEqual(lines(figures), {
      path: "host → prflx | UDP · 127.0.0.1:40000",
      video: "VP8 | 512×512",
      audio: "Opus | heard",
      bitrate: "1.0 Mbit/s | nothing lost",
      frames: "25 /s | none dropped",
      roundTrip: "0.5 ms | ",
      delay: "84 ms | every frame shown",
    });
  });

  test("an idle avatar sends nothing, and what was lost is told", () => {
    const rates = new MediaRates();
    const counts = { bytes: 9, frames: 50, lost: 4, dropped: 2 };
    rates.figures(statistics(1000, counts), NO_STRIP);
    const figures = lines(rates.figures(statistics(2000, counts), { delayMs: 90, missed: 1 }));
    assert.deepEqual([figures.bitrate, figures.frames, figures.audio, figures.delay],
      ["0 kbit/s | 4 packets lost", "0 /s | 2 dropped", "Opus | silent", "90 ms | 1 frame not shown"]);
  });

  test("the same moment twice, and counts that fall, make no nonsense", () => {
    const rates = new MediaRates();
    rates.figures(statistics(1000, { bytes: 500 }), NO_STRIP);
    assert.equal(rates.figures(statistics(1000, { bytes: 900 }), NO_STRIP).bitrate.value, "–");
    assert.equal(rates.figures(statistics(2000), NO_STRIP).bitrate.value, "0 kbit/s");
    rates.reset();
    assert.equal(rates.figures(statistics(3000), NO_STRIP).frames.value, "–");
  });

  test("a provider's picture has no strip; a browser without video has no picture", () => {
    assert.equal(new MediaRates().figures(statistics(1, { frames: 3 }), NO_STRIP).delay.value, "n/a");
    const deaf = { ...statistics(1), video: undefined, audio: undefined, path: undefined };
    assert.deepEqual(new Set(Object.values(lines(new MediaRates().figures(deaf, NO_STRIP)))), new Set(["– | "]));
  });
});

describe("events of the data channel", () => {
  /** @type {[text: string, binary: boolean, title: string, words: string, content: unknown][]} */
  const events = [
    ["stream/started", false, "stream/started", "", "stream/started"],
    ['stream/done:{"metadata":{"videoId":"v1"}}', false, "stream/done", "v1", { metadata: { videoId: "v1" } }],
    ['{"type":"avatar_stop_talking","task_id":"t1","duration_ms":1540}', true,
      "avatar_stop_talking", "binary · t1 · 1.5 s",
      { type: "avatar_stop_talking", task_id: "t1", duration_ms: 1540 }],
    ["stream/error:not json", false, "stream/error", "", "stream/error:not json"],
    ["null", false, "message", "", null],
    ["<b>", true, "message", "binary", "<b>"],
    ['{"type":7}', false, "message", "", { type: 7 }],
  ];
  for (const [text, binary, title, words, content] of events) {
    test(text, () => {
      assert.deepEqual(channelSummary(text, binary), { title, words, role: "channel", hollow: false, content });
    });
  }

  test("a long one is cut", () => {
    const long = JSON.stringify({ type: "t", task_id: "x".repeat(500) });
    assert.equal(channelSummary(long, false).words.length, 90);
  });

  test("open and closed", () => {
    assert.equal(channelStateSummary("open", "JanusDataChannel").words, "open · JanusDataChannel");
  });
});

test("what is being said, without markup", () => {
  assert.equal(wordsOf({ text: "1 < 2 and 3 > 2" }), "1 < 2 and 3 > 2");
  assert.equal(wordsOf({ ssml: '<speak>One <break time="1s"/> two</speak>' }), "One two");
  assert.equal(wordsOf({ audioUrl: "http://localhost/a.wav" }), "♪ http://localhost/a.wav");
  assert.equal(wordsOf({ audioUrl: "data:audio/wav;base64,AAAA" }), "♪ an audio file");
});
