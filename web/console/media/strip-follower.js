// Reads the strip of each picture that a video shows, and tells how long pictures were under way and which never came.
import { FRAME_NUMBERS, SEND_TIMES, readStrip, stripHeight } from "./frame-strip.js";

/** How many of the latest delays the shown one is the median of: about two seconds. */
const REMEMBERED = 50;
/** Pictures further apart are not of one stream, or one was no strip: one of 4096 noises looks like one. */
const MAX_STEP = 5_000;
/** Clocks of two machines differ; what is beyond this was not measured. */
const [EARLIEST_MS, LATEST_MS] = [-1_000, 60_000];

/** @typedef {import("./frame-strip.js").Strip} Strip */

export class StripFollower {
  /** @type {number[]} */
  #delays = [];
  /** @type {number | undefined} */
  #latest;
  /** How many numbers were left out between pictures that came. */
  missed = 0;
  /** Pictures whose strip was read. */
  seen = 0;

  /** The number of the latest picture. */
  get frame() {
    return this.#latest;
  }

  /**
   * The median delay of the latest pictures in milliseconds; undefined without strips.
   * @returns {number | undefined}
   */
  get delayMs() {
    const sorted = [...this.#delays].sort((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)];
  }

  /**
   * @param {Strip | undefined} strip
   * @param {number} shownAt milliseconds since 1970
   */
  add(strip, shownAt) {
    if (!strip) return;
    const step = this.#latest === undefined ? 1 : modulo(strip.frame - this.#latest, FRAME_NUMBERS);
    this.#latest = strip.frame;
    // The same picture again, or another stream: nothing to count.
    if (step === 0) return;
    if (step > MAX_STEP) return this.#restart();
    this.seen += 1;
    this.missed += step - 1;
    const delay = modulo(shownAt - strip.sentAt - EARLIEST_MS, SEND_TIMES) + EARLIEST_MS;
    if (delay > LATEST_MS) return;
    this.#delays.push(delay);
    if (this.#delays.length > REMEMBERED) this.#delays.shift();
  }

  #restart() {
    this.#delays = [];
  }
}

/**
 * @param {number} value
 * @param {number} modulus
 */
function modulo(value, modulus) {
  return ((value % modulus) + modulus) % modulus;
}

/** Looks at each picture that a video shows, and reads its strip. */
export class StripCamera {
  #video;
  #follower = new StripFollower();
  #pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
    // Not all browsers tell of pictures; without, there is nothing to read.
    if ("requestVideoFrameCallback" in video) this.#wait();
  }

  /** What was read since the last session. */
  get strips() {
    return this.#follower;
  }

  /** Another session: what was read is forgotten. */
  reset() {
    this.#follower = new StripFollower();
  }

  #wait() {
    this.#video.requestVideoFrameCallback((_, { expectedDisplayTime }) => {
      this.#look(performance.timeOrigin + expectedDisplayTime);
      this.#wait();
    });
  }

  /** @param {number} shownAt */
  #look(shownAt) {
    const { videoWidth: width, videoHeight } = this.#video;
    const height = stripHeight(videoHeight);
    if (!this.#pen || width === 0 || videoHeight < height) return;
    const { canvas } = this.#pen;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    this.#pen.drawImage(this.#video, 0, videoHeight - height, width, height, 0, 0, width, height);
    this.#follower.add(readStrip(this.#pen.getImageData(0, 0, width, height)), shownAt);
  }
}
