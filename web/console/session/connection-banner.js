// Says above everything else why the session has to wait, and counts down to the next attempt.
import { find } from "../dom.js";
import { waitingWords } from "../words.js";

export class ConnectionBanner {
  #banner = find("banner", HTMLDivElement);
  #title = find("banner-title", HTMLParagraphElement);
  #words = find("banner-words", HTMLSpanElement);
  #countdown = find("banner-countdown", HTMLElement);
  #leave = find("banner-leave", HTMLButtonElement);
  #stopTimer = () => {};
  /** @type {number | undefined} when the queue was entered; undefined outside of one */
  #queuedAt;

  /** @param {() => void} leave gives up the place in the queue */
  constructor(leave) {
    this.#leave.addEventListener("click", leave);
  }

  /** @param {import("../../client/avatar-relay.js").SessionStatus} status */
  show(status) {
    this.#stopTimer();
    const waiting = waitingWords(status);
    this.#banner.hidden = !waiting;
    this.#title.textContent = waiting?.title ?? "";
    this.#words.textContent = [waiting?.words, waiting?.queue].filter(Boolean).join(" ");
    this.#countdown.textContent = "";
    this.#leave.hidden = !waiting?.queue;
    this.#queuedAt = waiting?.queue ? (this.#queuedAt ?? performance.now()) : undefined;
    if (waiting?.inMs) this.#countDown(waiting.inMs);
    if (this.#queuedAt !== undefined) this.#countUp(this.#queuedAt);
  }

  /** @param {number} since */
  #countUp(since) {
    const show = () => {
      this.#countdown.textContent = ` Waiting for ${Math.floor((performance.now() - since) / 1000)} s.`;
    };
    show();
    const timer = setInterval(show, 1000);
    this.#stopTimer = () => clearInterval(timer);
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
