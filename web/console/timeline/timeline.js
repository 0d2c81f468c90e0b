// The live list of signaling messages and data-channel events, with filter and copy.
import { channelStateSummary, channelSummary } from "./channel-summary.js";
import { make } from "../dom.js";
import { MessageSummaries } from "./message-summary.js";
import { elapsed } from "../words.js";

/** @typedef {import("../../client/avatar-relay.js").LoggedMessage} LoggedMessage */
/** @typedef {import("./message-summary.js").Summary} Summary */
/**
 * @typedef {object} Shown a signaling message, or an event of the data channel
 * @property {"sent" | "received"} direction
 * @property {number} at
 * @property {number} [bytes]
 * @property {unknown} message
 */

/** Older messages make room; a page left open overnight must not fill the memory. */
export const MAX_SHOWN = 500;
/** How close to the end counts as "following". */
const FOLLOWING_PX = 40;

export class Timeline {
  #elements;
  #summaries = new MessageSummaries();
  /** @type {{ logged: Shown, item: HTMLLIElement, text: string, hollow: boolean }[]} */
  #entries = [];
  /** When the connection was begun, from which messages are timed, by this page's clock. */
  #begun = performance.now();

  /**
   * @param {object} elements
   * @param {HTMLOListElement} elements.list
   * @param {HTMLElement} elements.count
   * @param {HTMLElement} elements.empty
   * @param {HTMLInputElement} elements.filter
   * @param {HTMLInputElement} elements.hideAnswers
   * @param {HTMLButtonElement} elements.copy
   * @param {HTMLButtonElement} elements.download
   * @param {HTMLButtonElement} elements.clear
   */
  constructor(elements) {
    this.#elements = elements;
    elements.filter.addEventListener("input", () => this.#filterAll());
    elements.hideAnswers.addEventListener("change", () => this.#filterAll());
    elements.clear.addEventListener("click", () => this.clear());
    elements.copy.addEventListener("click", () => copyText(elements.copy, this.#asLines()));
    elements.download.addEventListener("click", () => save("timeline.json", this.#asJSON()));
  }

  /** @param {LoggedMessage} logged */
  add(logged) {
    this.#begun = performance.now() - logged.at;
    this.#append(logged, this.#summaries.summarize(logged));
  }

  /**
   * A message that came on the data channel.
   * @param {import("../../client/avatar-relay.js").SessionEvents["channelmessage"]} event
   */
  addChannelMessage({ text, binary }) {
    const { content, ...summary } = channelSummary(text, binary);
    const bytes = new TextEncoder().encode(text).length;
    this.#append({ direction: "received", at: this.#now(), bytes, message: content }, summary);
  }

  /** @param {import("../../client/avatar-relay.js").SessionEvents["channel"]} event */
  addChannelState({ state, label }) {
    const message = { label, state };
    this.#append({ direction: "received", at: this.#now(), message }, channelStateSummary(state, label));
  }

  #now() {
    return Math.max(0, performance.now() - this.#begun);
  }

  /**
   * @param {Shown} logged
   * @param {Summary} summary
   */
  #append(logged, summary) {
    const { list } = this.#elements;
    const following = list.scrollHeight - list.scrollTop - list.clientHeight < FOLLOWING_PX;
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

  /** All of it, as one array. */
  #asJSON() {
    return JSON.stringify(this.#entries.map(({ logged }) => ({ ...logged, at: Math.round(logged.at) })), undefined, 2);
  }
}

/**
 * Gives the text to the visitor as a file.
 * @param {string} name
 * @param {string} text
 */
function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  make("a", { href: address, download: name }).click();
  // The download has begun with the click; what it reads lives on until then.
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/**
 * @param {Shown} logged
 * @param {Summary} summary
 */
function itemFor(logged, summary) {
  const sent = logged.direction === "sent";
  const isChannel = summary.role === "channel";
  const [arrow, from] = isChannel ? ["⇣", "On the data channel: "] : sent ? ["↑", "Sent: "] : ["↓", "Received: "];
  const line = make(
    "summary",
    {},
    make("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    make("span", { class: "visually-hidden" }, from),
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

/** @param {Shown} logged */
function bodyOf({ message, bytes }) {
  const copy = make("button", { type: "button", class: "quiet" }, "Copy");
  copy.addEventListener("click", () => copyText(copy, JSON.stringify(message, undefined, 2)));
  const size = bytes === undefined ? "" : `${bytes.toLocaleString("en")} bytes`;
  const foot = make("div", { class: "entry-foot" }, make("span", {}, size), copy);
  return make("div", { class: "entry-body" }, jsonView(message ?? null), foot);
}

/**
 * @param {HTMLButtonElement} button tells how it went
 * @param {string} text
 */
export async function copyText(button, text) {
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

/** A string, then maybe a colon; or a number or word. */
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g;

/**
 * A `<pre>` with the value in it, indented, and coloured by kind of value.
 * @param {unknown} value
 */
function jsonView(value) {
  const text = JSON.stringify(value, undefined, 2);
  const view = make("pre", { tabindex: "0" });
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    view.append(text.slice(end, match.index));
    end = (match.index ?? 0) + match[0].length;
    const [token, string, colon] = match;
    if (string && colon) view.append(make("span", { class: "json-name" }, string), colon);
    else view.append(make("span", { class: string ? "json-string" : "json-value" }, string ? broken(token) : token));
  }
  view.append(text.slice(end));
  return view;
}

/**
 * An SDP is read line by line, so its escaped line ends become real ones.
 * @param {string} string
 */
function broken(string) {
  return string.replaceAll(/\\r\\n(?!")/g, "\\r\\n\n      ");
}
