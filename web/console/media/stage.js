// The picture: the avatar where there is media, a drawn one and honest words where there is none.
import { find } from "../dom.js";

export class Stage {
  #stage = find("stage", HTMLDivElement);
  #caption = find("caption", HTMLDivElement);
  #unmute = find("unmute", HTMLButtonElement);
  video = find("video", HTMLVideoElement);

  constructor() {
    // A size is known only once a picture was decoded.
    this.video.addEventListener("resize", () => this.#show());
    this.video.addEventListener("playing", () => this.#show());
    this.video.addEventListener("emptied", () => this.#show());
    this.#unmute.addEventListener("click", () => {
      this.video.muted = false;
      this.#unmute.hidden = true;
    });
  }

  /**
   * Says where things stand, for eyes and for screen readers.
   * @param {string} title
   * @param {string} words
   */
  say(title, words) {
    const [strong, span] = this.#caption.children;
    if (strong.textContent === title && span.textContent === words) return;
    strong.textContent = title;
    span.textContent = words;
  }

  /** The browser muted the video; one click gives the sound back. */
  offerSound() {
    this.#unmute.hidden = false;
  }

  /** No session: the drawing comes back. */
  empty() {
    this.#unmute.hidden = true;
    this.video.muted = false;
    this.#stage.dataset.media = "none";
  }

  #show() {
    this.#stage.dataset.media = this.video.srcObject && this.video.videoWidth > 0 ? "playing" : "none";
  }
}
