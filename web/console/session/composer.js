// The form that says what the avatar is to say, and the list of what it said.
import { find, make, propose, readObject } from "../dom.js";
import { putBack } from "./form-memory.js";
import { TypedTalks } from "./typed-talks.js";

/** @typedef {import("../../client/protocol.js").Script} Script */
/** @typedef {import("../../client/protocol.js").Capabilities} Capabilities */

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
  #hint = find("speak-hint", HTMLElement);
  #voice = find("voice", HTMLInputElement);
  #asTyped = find("as-typed", HTMLInputElement);
  #parts = find("parts", HTMLElement);
  #typed;
  /** What the session can do that may be spoken to; undefined where there is none. */
  #capabilities = /** @type {Capabilities | undefined} */ (undefined);
  #providerLabel = "";
  /** @type {import("./providers.js").Provider["talkVoice"]} */
  #talkVoice;
  #script = "text";
  /** @type {Map<string, { item: HTMLLIElement, phase: HTMLElement, words: HTMLElement }>} */
  #shown = new Map();

  /**
   * @param {object} wanted
   * @param {(script: Script, options: Record<string, unknown> | undefined) => void} wanted.speak
   * @param {(talk: import("./typed-talks.js").TypedTalk, options: Record<string, unknown> | undefined) => void} wanted.speakTyped
   * @param {() => void} wanted.interrupt
   * @param {() => void} wanted.extend
   * @param {import("./form-memory.js").Choices} choices of an earlier page
   */
  constructor({ speak, speakTyped, interrupt, extend }, choices) {
    // Options that are no JSON are complained about where they stand, and the words are spoken without.
    this.#typed = new TypedTalks(this.#words, (talk) => speakTyped(talk, this.#readOptions()), () => this.#showTyping());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#speak.disabled) return;
      if (this.#typed.isOn) this.#typed.finish();
      else this.#submit(speak);
    });
    this.#words.addEventListener("keydown", (event) => {
      const speaks = event.ctrlKey || event.metaKey || (this.#typed.isOn && !event.shiftKey && !event.isComposing);
      if (event.key !== "Enter" || !speaks) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#form.addEventListener("change", (event) => {
      const { target } = event;
      if (target instanceof HTMLInputElement && target.name === "script") this.#choose(target.value);
    });
    this.#asTyped.addEventListener("change", () => {
      const { sample } = SCRIPTS.text;
      if (this.#asTyped.checked && this.#words.value === sample) this.#words.value = "";
      if (!this.#asTyped.checked && this.#words.value === "") this.#words.value = sample;
      this.#showTyping();
    });
    this.#interrupt.addEventListener("click", interrupt);
    this.#extend.addEventListener("click", extend);
    const script = String(choices["script"] ?? "text");
    const chosen = this.#form.querySelector(`input[name="script"][value="${script in SCRIPTS ? script : "text"}"]`);
    if (chosen instanceof HTMLInputElement && !chosen.checked) {
      chosen.checked = true;
      this.#choose(chosen.value);
    }
    putBack(this.#form, choices);
    this.show(undefined);
  }

  /**
   * Offers a voice where the provider takes one with each talk.
   * @param {import("./providers.js").Provider} provider
   */
  follow({ label, talkVoice }) {
    this.#providerLabel = label;
    this.#talkVoice = talkVoice;
    find("voice-field", HTMLElement).hidden = !talkVoice;
    propose(find("known-voices", HTMLDataListElement), talkVoice?.known ?? []);
  }

  /** What stands there to be spoken. */
  get words() {
    return this.#words.value;
  }

  /** @param {Capabilities | undefined} capabilities of a session that may be spoken to; undefined where none is */
  show(capabilities) {
    const able = capabilities !== undefined;
    this.#capabilities = capabilities;
    this.#interrupt.disabled = !able || capabilities.interrupt === "none";
    this.#extend.disabled = !able || !capabilities.extend;
    const first = "Connect first.";
    this.#hint.hidden = able;
    const uncut = able && capabilities.interrupt === "none";
    this.#interrupt.title = uncut ? "This session's talks cannot be cut off." : able ? "Stops what is said." : first;
    const cannot = able && !capabilities.extend;
    this.#extend.title = cannot
      ? "This provider has no call for it; speak to keep it alive."
      : able ? "Keeps the session alive without a word." : first;
    this.#allow("ssml", !able || capabilities.ssml);
    this.#allow("audioUrl", !able || capabilities.audio);
    this.#showTyping();
  }

  /** Shows what typing does, and lets it do that. */
  #showTyping() {
    const able = this.#capabilities !== undefined;
    this.#asTyped.disabled = this.#script !== "text";
    const asTyped = this.#asTyped.checked && !this.#asTyped.disabled;
    if (this.#typed.isOn !== (asTyped && able)) this.#typed.isOn = asTyped && able;
    this.#words.placeholder = asTyped ? "Type: each word is spoken as soon as it stands there." : "";
    find("speak-keys", HTMLElement).hidden = asTyped;
    find("finish-keys", HTMLElement).hidden = !asTyped;
    this.#speak.textContent = asTyped ? "Finish" : "Speak";
    this.#speak.disabled = !able;
    this.#speak.title = !able ? "Connect first." : asTyped ? "Speaks what stands there, and ends the talk." : "";
    this.#parts.textContent = partsWords(this.#capabilities?.parts, this.#providerLabel);
    this.#form.dataset.typing = this.#typed.isOpen ? "open" : "none";
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

  /**
   * Shows what a talk says by now.
   * @param {string} talk
   * @param {string} words
   */
  say(talk, words) {
    const shown = this.#shown.get(talk);
    if (shown) shown.words.textContent = words;
  }

  /** The session is over: no talk goes on. */
  end() {
    for (const { item, phase } of this.#shown.values()) {
      if (item.dataset.phase !== "accepted" && item.dataset.phase !== "started") continue;
      item.dataset.phase = "over";
      phase.textContent = "session over";
    }
  }

  /** Forgets the talks of the last session. */
  clear() {
    this.#shown.clear();
    this.#talks.replaceChildren();
  }

  /** @param {string} talk */
  #add(talk) {
    const phase = make("span", { class: "talk-phase" });
    const words = make("span", { class: "talk-words", dir: "auto" }, talk);
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
    this.#showTyping();
  }

  /**
   * @param {string} script
   * @param {boolean} able
   */
  #allow(script, able) {
    const input = this.#form.querySelector(`input[value="${script}"]`);
    if (!(input instanceof HTMLInputElement)) return;
    input.disabled = !able;
    input.title = able ? "" : "This provider does not take it.";
    if (able || !input.checked) return;
    const text = this.#form.querySelector('input[value="text"]');
    if (text instanceof HTMLInputElement) text.checked = true;
    this.#choose("text");
  }

  /** @param {(script: Script, options: Record<string, unknown> | undefined) => void} speak */
  #submit(speak) {
    const more = readObject(this.#options, this.#complaint);
    if (!more) return;
    speak(/** @type {Script} */ ({ [this.#script]: this.#words.value }), this.#withVoice(more));
  }

  #readOptions() {
    return this.#withVoice(readObject(this.#options, this.#complaint) ?? {});
  }

  /**
   * @param {Record<string, unknown>} more
   * @returns {Record<string, unknown> | undefined}
   */
  #withVoice(more) {
    const voice = this.#voice.value.trim();
    // A recording has its own.
    const spoken = voice && this.#script !== "audioUrl" ? this.#talkVoice?.options(voice) : {};
    const options = { ...spoken, ...more };
    return Object.keys(options).length > 0 ? options : undefined;
  }
}

/**
 * Who makes a talk of words that come one by one, as a line below the switch.
 * @param {Capabilities["parts"] | undefined} parts
 * @param {string} provider
 */
function partsWords(parts, provider) {
  switch (parts) {
    case "native":
      return `${provider} takes them word by word.`;
    case "joined":
      return "The relay joins them into sentences.";
    default:
      return "";
  }
}
