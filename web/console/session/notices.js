// Problems and warnings in words, newest first.
import { make } from "../dom.js";
import { hintFor } from "./hints.js";

/** @typedef {import("../../client/avatar-relay.js").SignalingError} SignalingError */

const MAX_NOTICES = 4;

export class Notices {
  #place;
  /** @type {(() => void) | undefined} */
  #endWarning;
  /** @type {HTMLElement[]} what says that nobody knows whether a talk is spoken, the oldest first */
  #unknown = [];
  /** @type {HTMLElement | undefined} */
  #back;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
  }

  /**
   * Shows an error: what it means, what to do, and the words of relay and provider.
   * @param {Pick<SignalingError, "kind" | "message" | "provider" | "retryAfterMs">} error
   */
  error({ kind, message, provider, retryAfterMs }) {
    const { title, advice } = hintFor(kind, message, provider);
    const wait = retryAfterMs === undefined ? "" : ` Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
    const words = provider && [provider.status, provider.code, provider.message].filter(Boolean).join(" · ");
    const details = [
      make("p", { class: "notice-detail" }, make("b", {}, kind.startsWith("client.") ? "Browser " : "Relay "), message),
      ...(words ? [make("p", { class: "notice-detail" }, make("b", {}, "Provider "), words)] : []),
    ];
    const tone = kind === "client.iceFailed" ? "warning" : "error";
    const notice = this.#add(tone, title, advice + wait, [...details, make("code", { class: "notice-kind" }, kind)]);
    if (kind === "talk.unknown") this.#unknown.push(notice);
  }

  /** A talk began that nobody was told of: one of those whose fate was unknown. */
  resolveUnknown() {
    const notice = this.#unknown.shift();
    if (!notice) return;
    notice.remove();
    this.note("It is spoken after all", "The talk whose fate was unknown has begun. It need not be said again.");
  }

  /**
   * @param {string} title
   * @param {string} words
   */
  note(title, words) {
    this.#add("note", title, words, []);
  }

  /**
   * The session is back; only the last time is shown.
   * @param {string} words
   */
  back(words) {
    this.#back?.remove();
    this.#back = this.#add("note", "The session is back", words, []);
  }

  /**
   * Counts down to the end of the session.
   * @param {{ cause: string, inMs: number, extendable: boolean }} event
   * @param {() => void} extend
   */
  expiring({ cause, inMs, extendable }, extend) {
    this.clearWarning();
    const end = performance.now() + inMs;
    const left = make("b", { class: "countdown", role: "timer" });
    const show = () => (left.textContent = `${Math.max(0, Math.ceil((end - performance.now()) / 1000))} s`);
    show();
    const timer = setInterval(show, 500);
    const why = cause === "idle" ? "Nothing was said for a long time." : "The session reaches its greatest length.";
    const advice = cause === "idle" && !extendable ? `${why} Speak to keep it alive.` : why;
    const button = make("button", { type: "button" }, "Extend");
    button.addEventListener("click", extend);
    const notice = this.#add("warning", "The session ends in ", advice, extendable ? [button] : []);
    notice.querySelector(".notice-title")?.append(left);
    this.#endWarning = () => {
      clearInterval(timer);
      notice.remove();
    };
  }

  /** The session lives on, or is over: the countdown goes. */
  clearWarning() {
    this.#endWarning?.();
    this.#endWarning = undefined;
  }

  clear() {
    this.clearWarning();
    this.#unknown = [];
    this.#place.replaceChildren();
  }

  /**
   * @param {"error" | "warning" | "note"} tone
   * @param {string} title
   * @param {string} advice
   * @param {HTMLElement[]} more
   */
  #add(tone, title, advice, more) {
    const dismiss = make("button", { type: "button", class: "notice-dismiss", "aria-label": "Dismiss" }, "×");
    const notice = make(
      "div",
      { class: `notice ${tone}` },
      make("p", { class: "notice-title" }, title),
      dismiss,
      make("p", { class: "notice-advice" }, advice),
      ...more,
    );
    dismiss.addEventListener("click", () => notice.remove());
    this.#place.prepend(notice);
    while (this.#place.childElementCount > MAX_NOTICES) this.#place.lastElementChild?.remove();
    return notice;
  }
}
