// Reads a text that comes piece by piece, ahead of whoever speaks it, and joins what has come into parts.
import { SignalingError } from "../connection/signaling-error.js";

/** How much may wait to be spoken, in UTF-16 code units, before the source is asked for no more. */
export const MAX_READ_AHEAD = 4_000;

/** @typedef {import("../avatar-relay.js").TextPieces} TextPieces */
/** @typedef {{ next: () => Promise<{ done?: boolean, value?: unknown }>, stop: () => Promise<unknown> }} Source */

/**
 * Whether this is a text that comes piece by piece.
 * @param {any} script
 * @returns {script is TextPieces}
 */
export function isTextPieces(script) {
  return typeof script?.getReader === "function" || typeof script?.[Symbol.asyncIterator] === "function";
}

/**
 * A stream by its reader, which can be stopped while it waits, and which every browser has.
 * @param {any} pieces
 * @returns {Source}
 */
function sourceOf(pieces) {
  if (typeof pieces.getReader === "function") {
    const reader = pieces.getReader();
    return { next: () => reader.read(), stop: () => reader.cancel() };
  }
  const iterator = pieces[Symbol.asyncIterator]();
  return { next: async () => iterator.next(), stop: async () => iterator.return?.() };
}

export class PartReader {
  #source;
  #maxPart;
  #decoder = new TextDecoder();
  #waiting = "";
  /** @type {"going on" | "read" | "stopped"} */
  #state = "going on";
  /** @type {SignalingError | undefined} */
  #fault;
  /** @type {(() => void)[]} */
  #sleepers = [];

  /**
   * Begins to read.
   * @param {TextPieces} pieces
   * @param {number} maxPart the longest part, in UTF-16 code units
   */
  constructor(pieces, maxPart) {
    this.#maxPart = maxPart;
    this.#source = sourceOf(pieces);
    void this.#read();
  }

  /**
   * The next part, which is never blank: all that has come, or as much of it as a part may hold; undefined after the last
   * one, and once it was stopped. Throws `client.textFailed` where the source failed, after all that came before.
   * @returns {Promise<string | undefined>}
   */
  async next() {
    for (;;) {
      const part = this.#take();
      if (part !== undefined || this.#state === "stopped") return part;
      if (this.#fault) throw this.#fault;
      if (this.#state === "read") return undefined;
      await this.#change();
    }
  }

  /** Reads no more, tells the source so, and drops what waits. */
  stop() {
    const wasGoingOn = this.#state === "going on";
    this.#waiting = "";
    this.#become("stopped");
    // Nobody waits for the source to end, nor can it be helped where it fails to.
    if (wasGoingOn) this.#source.stop().catch(() => {});
  }

  async #read() {
    try {
      while (this.#state === "going on") {
        const { done, value } = await this.#source.next();
        if (this.#state !== "going on") return;
        this.#add(done ? this.#decoder.decode() : this.#text(value));
        this.#become(done ? "read" : "going on");
        while (this.#waiting.length >= MAX_READ_AHEAD && this.#state === "going on") await this.#change();
      }
    } catch (error) {
      if (this.#state !== "going on") return;
      this.#fault = SignalingError.from(error, "client.textFailed", "The text could not be read to its end");
      this.#become("read");
      // A source that failed by itself is over; one of a wrong kind goes on unless it is told.
      this.#source.stop().catch(() => {});
    }
  }

  /** @param {unknown} piece */
  #text(piece) {
    if (typeof piece === "string") return piece;
    if (ArrayBuffer.isView(piece) || piece instanceof ArrayBuffer) return this.#decoder.decode(piece, { stream: true });
    throw new TypeError(`a piece is a string or bytes of UTF-8, and not ${piece === null ? "null" : typeof piece}.`);
  }

  /** @param {string} text blank space goes before what comes next, and much of it is as good as a little */
  #add(text) {
    const isBlank = this.#waiting.trim() === "";
    this.#waiting += text;
    if (isBlank) this.#waiting = this.#waiting.replace(/^\s+(?=\s{2})/, "");
  }

  /** What can be spoken now; undefined for nothing. */
  #take() {
    let end = Math.min(this.#waiting.length, this.#maxPart);
    // The other half of a character comes with the next piece, or stays for the next part.
    const isLast = end === this.#waiting.length && this.#state !== "going on";
    if (!isLast && /[\ud800-\udbff]$/.test(this.#waiting.slice(0, end))) end -= 1;
    const part = this.#waiting.slice(0, end);
    if (part.trim() === "") return undefined;
    const rest = this.#waiting.slice(end);
    this.#waiting = "";
    this.#add(rest);
    this.#wake();
    return part;
  }

  /** @param {"going on" | "read" | "stopped"} state */
  #become(state) {
    this.#state = state;
    this.#wake();
  }

  /** @returns {Promise<void>} */
  #change() {
    return new Promise((resolve) => this.#sleepers.push(resolve));
  }

  #wake() {
    for (const wake of this.#sleepers.splice(0)) wake();
  }
}
