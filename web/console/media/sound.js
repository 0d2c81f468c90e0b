// Where the avatar is heard, and how loud.
import { find, make } from "../dom.js";

export class Sound {
  #video;
  #volume = find("volume", HTMLInputElement);
  #device = find("device", HTMLSelectElement);
  #others = find("name-devices", HTMLButtonElement);

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
    this.#volume.addEventListener("input", () => (video.volume = this.#volume.valueAsNumber / 100));
    this.#device.addEventListener("change", () => void this.#use(this.#device.value));
    // Not all browsers let a page choose, and none does where the page's address is not secure.
    if (!("setSinkId" in video) || !navigator.mediaDevices) return;
    find("device-field", HTMLLabelElement).hidden = false;
    this.#others.title = this.#asksItself
      ? "The browser asks which one."
      : "The browser names devices only to pages that may use the microphone, so it asks for that. Nothing is recorded.";
    this.#others.addEventListener("click", () => void this.#nameDevices());
    navigator.mediaDevices.addEventListener("devicechange", () => void this.#list());
    void this.#list();
  }

  /** Whether the browser has a question of its own (Firefox; w3.org/TR/audio-output). */
  get #asksItself() {
    return "selectAudioOutput" in navigator.mediaDevices;
  }

  async #list() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const named = devices.filter(({ kind, label }) => kind === "audiooutput" && label !== "");
    const known = named.filter(({ deviceId }) => deviceId !== "" && deviceId !== "default");
    const chosen = this.#device.value;
    this.#device.replaceChildren(
      make("option", { value: "" }, "default"),
      ...known.map(({ deviceId, label }) => make("option", { value: deviceId }, label)),
    );
    this.#device.value = known.some(({ deviceId }) => deviceId === chosen) ? chosen : "";
    this.#others.hidden = !this.#asksItself && named.length > 0;
  }

  async #nameDevices() {
    try {
      if (this.#asksItself) {
        const { deviceId } = await /** @type {any} */ (navigator.mediaDevices).selectAudioOutput();
        await this.#list();
        this.#device.value = deviceId;
        return await this.#use(deviceId);
      }
      const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of microphone.getTracks()) track.stop();
    } catch {
      // The visitor said no, or there is no device: everything stays as it is.
    }
    await this.#list();
  }

  /** @param {string} deviceId */
  async #use(deviceId) {
    await /** @type {any} */ (this.#video).setSinkId(deviceId).catch(() => this.#list());
  }
}
