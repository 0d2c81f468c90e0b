// Turns two looks at a browser's statistics into rates, and all of it into words.
import { elapsed } from "../words.js";

/** @typedef {import("../../client/avatar-relay.js").MediaStatistics} MediaStatistics */
/** @typedef {{ value: string, note: string }} Figure what to show large, and what to say beside it */
/** @typedef {"path" | "video" | "audio" | "bitrate" | "frames" | "roundTrip" | "delay"} FigureName */

/** @typedef {"bitrate" | "frames" | "loss" | "roundTrip"} GraphName */

/** @type {Figure} */
const NOTHING = { value: "–", note: "" };

export class MediaRates {
  /** @type {MediaStatistics | undefined} */
  #before;
  /** @type {Record<GraphName, number | undefined> | undefined} of the last two looks; undefined before there were two */
  numbers;

  /** Another session. */
  reset() {
    this.#before = undefined;
    this.numbers = undefined;
  }

  /**
   * @param {MediaStatistics | undefined} now
   * @param {Pick<import("./strip-follower.js").StripFollower, "delayMs" | "missed">} strips
   * @returns {Record<FigureName, Figure>}
   */
  figures(now, strips) {
    const before = this.#before;
    this.#before = now;
    const seconds = now && before ? (now.at - before.at) / 1000 : 0;
    /** @param {(statistics: MediaStatistics) => number} count */
    const rate = (count) =>
      now && before && seconds > 0 ? Math.max(0, count(now) - count(before)) / seconds : undefined;
    this.numbers = now && {
      bitrate: rate(allBytes),
      frames: rate(({ video }) => video?.framesDecoded ?? 0),
      loss: lossOf(rate(allLost), rate(allPackets)),
      roundTrip: now.path?.roundTripMs,
    };
    return {
      path: pathFigure(now),
      video: videoFigure(now),
      audio: audioFigure(now, rate(({ audio }) => audio?.energy ?? 0)),
      bitrate: bitrateFigure(now, rate(allBytes)),
      frames: framesFigure(now, rate(({ video }) => video?.framesDecoded ?? 0)),
      roundTrip: milliseconds(now?.path?.roundTripMs, ""),
      delay: delayFigure(now, strips),
    };
  }
}

/** @param {MediaStatistics} statistics */
function allBytes({ video, audio }) {
  return (video?.bytes ?? 0) + (audio?.bytes ?? 0);
}

/** @param {MediaStatistics} statistics */
function allPackets({ video, audio }) {
  return (video?.packets ?? 0) + (audio?.packets ?? 0);
}

/** @param {MediaStatistics} statistics */
function allLost({ video, audio }) {
  return (video?.packetsLost ?? 0) + (audio?.packetsLost ?? 0);
}

/**
 * The share of packets that did not come, in percent.
 * @param {number | undefined} lost
 * @param {number | undefined} came
 */
function lossOf(lost, came) {
  if (lost === undefined || came === undefined || lost + came === 0) return undefined;
  return (100 * lost) / (lost + came);
}

/** @param {MediaStatistics | undefined} now */
function pathFigure(now) {
  if (!now?.path) return NOTHING;
  const { local, remote, protocol, remoteAddress } = now.path;
  return { value: `${local} → ${remote}`, note: [protocol.toUpperCase(), remoteAddress].filter(Boolean).join(" · ") };
}

/** @param {MediaStatistics | undefined} now */
function videoFigure(now) {
  if (!now?.video?.codec) return NOTHING;
  const { codec, width, height } = now.video;
  return { value: codec, note: width > 0 ? `${width}×${height}` : "no picture yet" };
}

/**
 * @param {MediaStatistics | undefined} now
 * @param {number | undefined} energy how much came in a second
 */
function audioFigure(now, energy) {
  if (!now?.audio?.codec) return NOTHING;
  const codec = now.audio.codec;
  // What counts as heard: comfort noise stays below a millionth.
  const note = energy === undefined ? "" : energy > 1e-6 ? "heard" : "silent";
  return { value: codec === "opus" ? "Opus" : codec, note };
}

/**
 * @param {MediaStatistics | undefined} now
 * @param {number | undefined} bytes in a second
 */
function bitrateFigure(now, bytes) {
  if (!now || bytes === undefined) return NOTHING;
  const lost = (now.video?.packetsLost ?? 0) + (now.audio?.packetsLost ?? 0);
  const bits = bytes * 8;
  const value = bits >= 999_500 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bits / 1000)} kbit/s`;
  return { value, note: lost > 0 ? `${counted(lost, "packet")} lost` : "nothing lost" };
}

/**
 * @param {MediaStatistics | undefined} now
 * @param {number | undefined} frames in a second
 */
function framesFigure(now, frames) {
  if (!now?.video || frames === undefined) return NOTHING;
  const { framesDropped } = now.video;
  return { value: `${Math.round(frames)} /s`, note: framesDropped > 0 ? `${framesDropped} dropped` : "none dropped" };
}

/**
 * @param {MediaStatistics | undefined} now
 * @param {Pick<import("./strip-follower.js").StripFollower, "delayMs" | "missed">} strips
 */
function delayFigure(now, { delayMs, missed }) {
  if (delayMs === undefined && now?.video?.framesDecoded) return { value: "n/a", note: "no strip in the picture" };
  return milliseconds(delayMs, missed > 0 ? `${counted(missed, "frame")} not shown` : "every frame shown");
}

/**
 * @param {number} count
 * @param {string} what
 */
function counted(count, what) {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/**
 * @param {number | undefined} value
 * @param {string} note
 * @returns {Figure}
 */
function milliseconds(value, note) {
  if (value === undefined) return NOTHING;
  return { value: value < 10 ? `${value.toFixed(1)} ms` : elapsed(value), note };
}
