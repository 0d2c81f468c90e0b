// Looks at each picture that a video shows, and reads its strip.
import { readStrip, stripHeight } from "./frame-strip.js";
import { StripFollower } from "./strip-follower.js";

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
