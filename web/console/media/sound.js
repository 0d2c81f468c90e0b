// Where the avatar is heard, and how loud.
import { find, make } from "../dom.js";

export class Sound {
  #video;
  #volume = find("volume", HTMLInputElement);
  #device = find("device", HTMLSelectElement);
  #deviceField = find("device-field", HTMLLabelElement);

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
    this.#volume.addEventListener("input", () => (video.volume = this.#volume.valueAsNumber / 100));
    this.#device.addEventListener("change", () => void this.#choose());
    // Not all browsers let a page choose.
    if (!("setSinkId" in video) || !navigator.mediaDevices) return;
    navigator.mediaDevices.addEventListener("devicechange", () => void this.#list());
    void this.#list();
  }

  /** Browsers name devices only to pages that may use the microphone; without a name there is nothing to choose from. */
  async #list() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const named = devices.filter(({ kind, label }) => kind === "audiooutput" && label !== "");
    this.#device.replaceChildren(...named.map(({ deviceId, label }) => make("option", { value: deviceId }, label)));
    this.#deviceField.hidden = named.length < 2;
  }

  async #choose() {
    await /** @type {any} */ (this.#video).setSinkId(this.#device.value).catch(() => this.#list());
  }
}
