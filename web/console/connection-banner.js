// Says above everything else why the session has to wait, and counts down to the next attempt.
import { find } from "./dom.js";
import { waitingWords } from "./words.js";

export class ConnectionBanner {
  #banner = find("banner", HTMLDivElement);
  #title = find("banner-title", HTMLParagraphElement);
  #words = find("banner-words", HTMLSpanElement);
  #countdown = find("banner-countdown", HTMLElement);
  #stopTimer = () => {};

  /** @param {import("../client/avatar-relay.js").SessionStatus} status */
  show(status) {
    this.#stopTimer();
    const waiting = waitingWords(status);
    this.#banner.hidden = !waiting;
    this.#title.textContent = waiting?.title ?? "";
    this.#words.textContent = waiting?.words ?? "";
    this.#countdown.textContent = "";
    if (waiting?.inMs) this.#countDown(waiting.inMs);
  }

  /** @param {number} milliseconds */
  #countDown(milliseconds) {
    const end = performance.now() + milliseconds;
    const show = () => {
      const left = Math.max(0, end - performance.now());
      this.#countdown.textContent = `${(left / 1000).toFixed(1)} s`;
    };
    show();
    const timer = setInterval(show, 100);
    this.#stopTimer = () => clearInterval(timer);
  }
}
