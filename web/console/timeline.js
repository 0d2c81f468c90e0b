// The live list of signaling messages, with filter and copy.
import { make } from "./dom.js";
import { elapsed } from "./elapsed.js";
import { jsonView } from "./json-view.js";
import { MessageSummaries } from "./message-summary.js";

/** @typedef {import("../client/avatar-relay.js").LoggedMessage} LoggedMessage */

/** Older messages make room; a page left open overnight must not fill the memory. */
export const MAX_SHOWN = 500;
/** How close to the end counts as "following". */
const FOLLOWING_PX = 40;

export class Timeline {
  #elements;
  #summaries = new MessageSummaries();
  /** @type {{ logged: LoggedMessage, item: HTMLLIElement, text: string, hollow: boolean }[]} */
  #entries = [];

  /**
   * @param {object} elements
   * @param {HTMLOListElement} elements.list
   * @param {HTMLElement} elements.count
   * @param {HTMLElement} elements.empty
   * @param {HTMLInputElement} elements.filter
   * @param {HTMLInputElement} elements.hideAnswers
   * @param {HTMLButtonElement} elements.copy
   * @param {HTMLButtonElement} elements.clear
   */
  constructor(elements) {
    this.#elements = elements;
    elements.filter.addEventListener("input", () => this.#filterAll());
    elements.hideAnswers.addEventListener("change", () => this.#filterAll());
    elements.clear.addEventListener("click", () => this.clear());
    elements.copy.addEventListener("click", () => copyText(elements.copy, this.#asLines()));
  }

  /** @param {LoggedMessage} logged */
  add(logged) {
    const { list } = this.#elements;
    const following = list.scrollHeight - list.scrollTop - list.clientHeight < FOLLOWING_PX;
    const summary = this.#summaries.summarize(logged);
    const text = `${summary.title} ${summary.words} ${JSON.stringify(logged.message) ?? ""}`.toLowerCase();
    const entry = { logged, item: itemFor(logged, summary), text, hollow: summary.hollow };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_SHOWN) this.#entries.shift()?.item.remove();
    this.#filter(entry);
    list.append(entry.item);
    this.#count();
    if (following) list.scrollTop = list.scrollHeight;
  }

  clear() {
    this.#entries = [];
    this.#elements.list.replaceChildren();
    this.#count();
  }

  #filterAll() {
    for (const entry of this.#entries) this.#filter(entry);
    this.#count();
  }

  /** @param {{ item: HTMLLIElement, text: string, hollow: boolean }} entry */
  #filter(entry) {
    const { filter, hideAnswers } = this.#elements;
    const wanted = entry.text.includes(filter.value.trim().toLowerCase());
    entry.item.hidden = !wanted || (hideAnswers.checked && entry.hollow);
  }

  #count() {
    const shown = this.#entries.filter(({ item }) => !item.hidden).length;
    const all = this.#entries.length;
    this.#elements.count.textContent = shown === all ? `${all}` : `${shown} of ${all}`;
    this.#elements.empty.hidden = all > 0;
    this.#elements.list.hidden = all === 0;
  }

  /** What is shown, as JSON Lines. */
  #asLines() {
    return this.#entries
      .filter(({ item }) => !item.hidden)
      .map(({ logged }) => JSON.stringify({ ...logged, at: Math.round(logged.at) }))
      .join("\n");
  }
}

/**
 * @param {LoggedMessage} logged
 * @param {import("./message-summary.js").Summary} summary
 */
function itemFor(logged, summary) {
  const sent = logged.direction === "sent";
  const line = make(
    "summary",
    {},
    make("span", { class: "arrow", "aria-hidden": "true" }, sent ? "↑" : "↓"),
    make("span", { class: "visually-hidden" }, sent ? "Sent: " : "Received: "),
    make("span", { class: "entry-text" },
      make("span", { class: "entry-title" }, summary.title),
      make("span", { class: "entry-words" }, summary.words)),
    make("time", { class: "entry-time" }, elapsed(logged.at)),
  );
  const details = make("details", {}, line);
  // Made when it is first looked at: most never are.
  details.addEventListener("toggle", () => details.append(bodyOf(logged)), { once: true });
  return make("li", { class: `entry ${logged.direction} ${summary.role}` }, details);
}

/** @param {LoggedMessage} logged */
function bodyOf({ message, bytes }) {
  const copy = make("button", { type: "button", class: "quiet" }, "Copy");
  copy.addEventListener("click", () => copyText(copy, JSON.stringify(message, undefined, 2)));
  const foot = make("div", { class: "entry-foot" }, make("span", {}, `${bytes.toLocaleString("en")} bytes`), copy);
  return make("div", { class: "entry-body" }, jsonView(message ?? null), foot);
}

/**
 * @param {HTMLButtonElement} button tells how it went
 * @param {string} text
 */
async function copyText(button, text) {
  const label = button.dataset.label ?? button.textContent ?? "";
  button.dataset.label = label;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => (button.textContent = label), 1500);
}
