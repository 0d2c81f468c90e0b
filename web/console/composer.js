// The form that says what the avatar is to say, and the list of what it said.
import { find, make, readObject } from "./dom.js";

/** @typedef {import("../client/protocol.js").Script} Script */
/** @typedef {import("../client/protocol.js").Capabilities} Capabilities */

/** @type {Record<string, { label: string, sample: string }>} */
const SCRIPTS = {
  text: { label: "Text to speak", sample: "Hello! I am an avatar, and this page is what I have to say." },
  ssml: { label: "SSML to speak", sample: '<speak>One <break time="800ms"/> two <break time="800ms"/> three.</speak>' },
  audioUrl: { label: "Address of an audio file", sample: "https://example.com/hello.mp3" },
};
const MAX_TALKS = 5;

export class Composer {
  #form = find("composer", HTMLFormElement);
  #words = find("words", HTMLTextAreaElement);
  #options = find("talk-options", HTMLTextAreaElement);
  #complaint = find("talk-options-error", HTMLElement);
  #speak = find("speak", HTMLButtonElement);
  #interrupt = find("interrupt", HTMLButtonElement);
  #extend = find("extend", HTMLButtonElement);
  #talks = find("talks", HTMLUListElement);
  #script = "text";
  /** @type {Map<string, { item: HTMLLIElement, phase: HTMLElement, words: HTMLElement }>} */
  #shown = new Map();

  /**
   * @param {object} wanted
   * @param {(script: Script, options: Record<string, unknown> | undefined) => void} wanted.speak
   * @param {() => void} wanted.interrupt
   * @param {() => void} wanted.extend
   */
  constructor({ speak, interrupt, extend }) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#speak.disabled) this.#submit(speak);
    });
    this.#words.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit();
    });
    this.#form.addEventListener("change", (event) => {
      const { target } = event;
      if (target instanceof HTMLInputElement && target.name === "script") this.#choose(target.value);
    });
    this.#interrupt.addEventListener("click", interrupt);
    this.#extend.addEventListener("click", extend);
  }

  /** @param {Capabilities | undefined} capabilities of a session that may be spoken to; undefined where none is */
  show(capabilities) {
    const able = capabilities !== undefined;
    this.#speak.disabled = !able;
    this.#interrupt.disabled = !able || capabilities.interrupt === "none";
    this.#extend.disabled = !able || !capabilities.extend;
    const cannot = able && !capabilities.extend;
    this.#extend.title = cannot ? "This provider has no call for it; speak to keep it alive." : "";
    this.#allow("ssml", !able || capabilities.ssml);
    this.#allow("audioUrl", !able || capabilities.audio);
  }

  /**
   * Shows how far a talk is.
   * @param {string} talk
   * @param {string} phase
   * @param {string} [words]
   */
  tell(talk, phase, words) {
    const shown = this.#shown.get(talk) ?? this.#add(talk);
    shown.item.dataset.phase = phase.split(" ")[0];
    shown.phase.textContent = phase;
    if (words) shown.words.textContent = words;
  }

  /** Forgets the talks of the last session. */
  clear() {
    this.#shown.clear();
    this.#talks.replaceChildren();
  }

  /** @param {string} talk */
  #add(talk) {
    const phase = make("span", { class: "talk-phase" });
    const words = make("span", { class: "talk-words" }, talk);
    const shown = { item: make("li", { class: "talk" }, phase, words), phase, words };
    this.#shown.set(talk, shown);
    this.#talks.prepend(shown.item);
    const [oldest] = this.#shown.keys();
    if (this.#shown.size > MAX_TALKS && oldest !== undefined) {
      this.#shown.get(oldest)?.item.remove();
      this.#shown.delete(oldest);
    }
    return shown;
  }

  /** @param {string} script */
  #choose(script) {
    const untouched = this.#words.value.trim() === "" || this.#words.value === SCRIPTS[this.#script].sample;
    this.#script = script;
    find("words-label", HTMLElement).textContent = SCRIPTS[script].label;
    if (untouched) this.#words.value = SCRIPTS[script].sample;
  }

  /**
   * @param {string} script
   * @param {boolean} able
   */
  #allow(script, able) {
    const input = this.#form.querySelector(`input[value="${script}"]`);
    if (!(input instanceof HTMLInputElement)) return;
    input.disabled = !able;
    if (able || !input.checked) return;
    const text = this.#form.querySelector('input[value="text"]');
    if (text instanceof HTMLInputElement) text.checked = true;
    this.#choose("text");
  }

  /** @param {(script: Script, options: Record<string, unknown> | undefined) => void} speak */
  #submit(speak) {
    const options = readObject(this.#options, this.#complaint);
    if (!options) return;
    const script = /** @type {Script} */ ({ [this.#script]: this.#words.value });
    speak(script, Object.keys(options).length > 0 ? options : undefined);
  }
}
