// The figures below the picture: path, codecs, rates and delays of a session's media.
import { find } from "./dom.js";
import { MediaRates } from "./media-rates.js";
import { StripCamera } from "./strip-follower.js";

/** How often the browser's statistics are looked at, in milliseconds. */
const EVERY_MS = 1_000;

export class MediaPanel {
  #list = find("media", HTMLDListElement);
  #rates = new MediaRates();
  #camera;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#camera = new StripCamera(video);
  }

  /**
   * Shows a session's media until it is over.
   * @param {Pick<import("../client/avatar-relay.js").AvatarSession, "statistics">} session
   */
  follow(session) {
    this.stop();
    this.#rates.reset();
    this.#camera.reset();
    this.#show(undefined);
    this.#timer = setInterval(async () => {
      const timer = this.#timer;
      const statistics = await session.statistics().catch(() => undefined);
      if (timer === this.#timer) this.#show(statistics);
    }, EVERY_MS);
  }

  /** The figures stay as they were last. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** @param {import("../client/avatar-relay.js").MediaStatistics | undefined} statistics */
  #show(statistics) {
    const figures = this.#rates.figures(statistics, this.#camera.strips);
    for (const [name, { value, note }] of Object.entries(figures)) {
      const [figure, small] = this.#list.querySelectorAll(`[data-figure="${name}"] dd > *`);
      figure.textContent = value;
      small.textContent = note;
    }
    this.#list.dataset.media = statistics?.path ? "on" : "off";
  }
}
