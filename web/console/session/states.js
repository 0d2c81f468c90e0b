// The chips and the line of steps: where everything stands, at a glance.
import { NegotiationProgress } from "./progress.js";
import { elapsed } from "../words.js";

/** @typedef {"connection" | "session" | "ice" | "channel"} Chip */

/** @type {Record<string, "good" | "busy" | "bad">} */
const TONES = {
  open: "good",
  live: "good",
  connected: "good",
  completed: "good",
  connecting: "busy",
  opening: "busy",
  resuming: "busy",
  offered: "busy",
  answering: "busy",
  checking: "busy",
  closing: "busy",
  disconnected: "bad",
  failed: "bad",
};

/** @type {Record<Chip, string>} */
const AT_FIRST = { connection: "idle", session: "none", ice: "new", channel: "none" };

/** @type {Record<string, string>} */
const STATUS_WORDS = { waiting: "not yet", active: "under way", done: "done", failed: "failed" };

export class States {
  #chips;
  #steps;
  #progress = new NegotiationProgress();

  /**
   * @param {HTMLElement} chips
   * @param {HTMLElement} steps
   */
  constructor(chips, steps) {
    this.#chips = chips;
    this.#steps = steps;
    this.reset();
  }

  reset() {
    for (const [chip, state] of Object.entries(AT_FIRST)) this.show(/** @type {Chip} */ (chip), state);
    this.#progress = new NegotiationProgress();
    this.#draw();
  }

  /**
   * @param {Chip} chip
   * @param {string} state
   */
  show(chip, state) {
    const element = this.#chips.querySelector(`[data-chip="${chip}"]`);
    if (!(element instanceof HTMLElement)) return;
    element.dataset.tone = TONES[state] ?? "quiet";
    const value = element.querySelector("dd");
    if (value) value.textContent = state;
  }

  /** @param {import("../../client/avatar-relay.js").LoggedMessage} logged */
  follow(logged) {
    this.#progress.add(logged);
    this.#draw();
  }

  /** Nothing goes on any more. */
  end() {
    this.show("connection", "closed");
    this.show("session", "closed");
    this.show("ice", "closed");
    this.show("channel", "closed");
    this.#progress.end();
    this.#draw();
  }

  #draw() {
    for (const [step, { status, at, providerMs }] of Object.entries(this.#progress.steps)) {
      const element = this.#steps.querySelector(`[data-step="${step}"]`);
      if (!(element instanceof HTMLElement)) continue;
      element.dataset.status = status;
      // In a narrow column the number stays with its unit.
      const took = providerMs === undefined ? "" : `provider ${elapsed(providerMs).replace(" ", "\u00a0")}`;
      element.setAttribute("aria-label", [`${step}: ${STATUS_WORDS[status]}`, took].filter(Boolean).join(", "));
      write(element, ".step-time", at === undefined ? "" : elapsed(at));
      write(element, ".step-provider", took);
    }
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} selector
 * @param {string} words
 */
function write(element, selector, words) {
  const place = element.querySelector(selector);
  if (place) place.textContent = words;
}
