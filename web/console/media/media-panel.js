// The figures below the picture: path, codecs, rates and delays of a session's media.
import { find } from "../dom.js";
import { Graph } from "./graphs.js";
import { MediaRates } from "./media-rates.js";
import { StripCamera } from "./strip-follower.js";

/** How often the browser's statistics are looked at, in milliseconds. */
const EVERY_MS = 1_000;

export class MediaPanel {
  #list = find("media", HTMLDListElement);
  #rates = new MediaRates();
  /** @type {Map<import("./media-rates.js").GraphName, Graph>} */
  #graphs = new Map();
  #camera;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#camera = new StripCamera(video);
    for (const name of /** @type {const} */ (["bitrate", "frames", "loss", "roundTrip"])) {
      const figure = this.#list.querySelector(`[data-figure="${name}"]`);
      if (figure instanceof HTMLElement) this.#graphs.set(name, new Graph(figure));
    }
  }

  /**
   * Shows a session's media until it is over.
   * @param {Pick<import("../../client/avatar-relay.js").AvatarSession, "statistics">} session
   */
  follow(session) {
    this.stop();
    this.#rates.reset();
    for (const graph of this.#graphs.values()) graph.reset();
    this.#camera.reset();
    this.#show(undefined);
    this.#timer = setInterval(async () => {
      const timer = this.#timer;
      const statistics = await session.statistics().catch(() => undefined);
      if (timer === this.#timer) this.#show(statistics);
    }, EVERY_MS);
  }

  /** The figures stay as they were last, and do not look like live ones. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#list.dataset.media = "off";
  }

  /** @param {import("../../client/avatar-relay.js").MediaStatistics | undefined} statistics */
  #show(statistics) {
    const figures = this.#rates.figures(statistics, this.#camera.strips);
    for (const [name, { value, note }] of Object.entries(figures)) {
      const [figure, small] = this.#list.querySelectorAll(`[data-figure="${name}"] dd > *`);
      figure.textContent = value;
      small.textContent = note;
    }
    const numbers = this.#rates.numbers;
    for (const [name, graph] of this.#graphs) if (numbers) graph.add(numbers[name]);
    const [loss] = this.#list.querySelectorAll('[data-figure="loss"] dd > b');
    if (loss) loss.textContent = numbers?.loss === undefined ? "–" : `${numbers.loss.toFixed(1)} %`;
    this.#list.dataset.media = statistics?.path ? "on" : "off";
  }
}
