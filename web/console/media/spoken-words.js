// The words of the talk that is being spoken, below the picture.
import { find } from "../dom.js";

/** Talks whose words are remembered; a session's queue is shorter. */
const MAX_TALKS = 64;

export class SpokenWords {
  #caption = find("spoken", HTMLElement);
  /** @type {Map<string, string>} */
  #words = new Map();
  /** @type {string | undefined} */
  #speaking;

  /**
   * Also called after the talk began: an answer and a notification may overtake each other.
   * @param {string} talk
   * @param {import("../../client/protocol.js").Script} script
   */
  remember(talk, script) {
    this.#words.set(talk, wordsOf(script));
    const [oldest] = this.#words.keys();
    if (this.#words.size > MAX_TALKS) this.#words.delete(oldest);
    this.#show();
  }

  /**
   * @param {string} talk
   * @param {import("../../client/protocol.js").TalkPhase} phase
   */
  tell(talk, phase) {
    if (phase === "started") this.#speaking = talk;
    else if (this.#speaking === talk && phase !== "accepted") this.#speaking = undefined;
    this.#show();
  }

  /** Another session, or none. */
  clear() {
    this.#words.clear();
    this.#speaking = undefined;
    this.#show();
  }

  #show() {
    const words = this.#speaking === undefined ? "" : (this.#words.get(this.#speaking) ?? "");
    if (this.#caption.textContent !== words) this.#caption.textContent = words;
  }
}

/**
 * What a listener hears: no markup, and a file's name in place of its words.
 * @param {import("../../client/protocol.js").Script} script
 */
export function wordsOf(script) {
  if ("text" in script) return script.text;
  if ("ssml" in script) return script.ssml.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim();
  return `♪ ${script.audioUrl.startsWith("data:") ? "an audio file" : script.audioUrl}`;
}
