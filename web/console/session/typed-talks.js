// Hands on what is typed, word by word, to be spoken at once. What was handed on cannot be unsaid, so it leaves the field.

/** After so long without a key a talk ends: the relay would take a longer silence for a break (docs/protocol.md). */
const PAUSE_MS = 5_000;
/** Up to here nothing will change any more: words with what is behind them, and clauses where words have no spaces. */
const COMPLETE = /^[\s\S]*[\s。．！？、，…]/u;

/** One talk that is being typed. */
export class TypedTalk {
  /** All that was handed on. */
  words = "";
  /** @type {(words: string) => void} */
  onWords = () => {};
  /** @type {ReadableStreamDefaultController<string> | undefined} */
  #controller;

  /** @param {() => void} cancelled nobody reads on: the talk was cut off, failed, or its session is over */
  constructor(cancelled) {
    this.stream = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      cancel: () => {
        this.#controller = undefined;
        cancelled();
      },
    });
  }

  /** @param {string} text */
  add(text) {
    this.words += text;
    this.#controller?.enqueue(text);
    this.onWords(this.words);
  }

  end() {
    this.#controller?.close();
    this.#controller = undefined;
  }
}

export class TypedTalks {
  #field;
  #begin;
  #changed;
  #isOn = false;
  /** @type {TypedTalk | undefined} */
  #open;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /**
   * @param {HTMLTextAreaElement} field
   * @param {(talk: TypedTalk) => void} begin
   * @param {() => void} changed whether a talk is open
   */
  constructor(field, begin, changed) {
    this.#field = field;
    this.#begin = begin;
    this.#changed = changed;
    // What an input method is still choosing is not written yet.
    field.addEventListener("input", (event) => {
      if (!(event instanceof InputEvent && event.isComposing)) this.#take();
    });
    field.addEventListener("compositionend", () => this.#take());
  }

  get isOn() {
    return this.#isOn;
  }
  set isOn(value) {
    if (!value) this.#end();
    this.#isOn = value;
  }
  get isOpen() {
    return this.#open !== undefined;
  }

  /** Hands on what stands there, and ends the talk. */
  finish() {
    const rest = this.#field.value;
    this.#field.value = "";
    if (rest.trim() !== "") this.#say(rest);
    this.#end();
  }

  #take() {
    if (!this.#isOn) return;
    const [complete = ""] = this.#field.value.match(COMPLETE) ?? [];
    if (complete.trim() === "") return this.#wait();
    this.#field.value = this.#field.value.slice(complete.length);
    this.#say(complete);
  }

  /** @param {string} text */
  #say(text) {
    const talk = this.#open ?? this.#start();
    talk.add(text);
    this.#wait();
  }

  #start() {
    /** @type {TypedTalk} */
    const talk = new TypedTalk(() => this.#open === talk && this.#close());
    this.#open = talk;
    this.#begin(talk);
    this.#changed();
    return talk;
  }

  #wait() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#end(), PAUSE_MS);
  }

  #end() {
    this.#open?.end();
    this.#close();
  }

  #close() {
    clearTimeout(this.#pause);
    if (!this.#open) return;
    this.#open = undefined;
    this.#changed();
  }
}
