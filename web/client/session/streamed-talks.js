// Speaks texts as they come, part by part: one part is on its way at a time, and what comes meanwhile joins the next one.
import { SignalingError } from "../connection/signaling-error.js";
import { sessionClosed } from "./talks.js";
import { PartReader } from "./text-pieces.js";

/** @typedef {import("../avatar-relay.js").Talk} Talk */
/** @typedef {import("../protocol.js").JSONObject} JSONObject */
/** @typedef {Pick<import("../connection/signaling-client.js").SignalingClient, "request">} Requests */

/** The longest part, in UTF-16 code units, where the provider takes texts of that length. */
const MAX_PART = 1_000;
/** What the relay did not take, though it may later. */
const TRY_LATER = new Set(["request.rate", "request.overload", "talk.limit"]);
/** How often such a part is sent in all; how long is waited where the relay does not say, and at most. */
const MAX_ATTEMPTS = 5;
const PAUSE_MS = 200;
const MAX_PAUSE_MS = 5_000;

/** The talks of a session that are spoken as their text comes. */
export class StreamedTalks {
  #client;
  #clock;
  #ends;
  /** @type {Set<StreamedTalk>} */
  #open = new Set();

  /**
   * @param {Requests} client
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {import("./talks.js").TalkEnds} ends
   * @param {Pick<import("./events.js").SessionListeners, "on">} events of the session
   */
  constructor(client, clock, ends, events) {
    this.#client = client;
    this.#clock = clock;
    this.#ends = ends;
    events.on("talk", ({ talk, phase }) => (phase === "ended" || phase === "failed") && this.#stop(this.#named(talk)));
    events.on("closed", ({ reason }) => this.#stop([...this.#open], sessionClosed(reason, "session.speak")));
  }

  /**
   * Resolves once the provider accepted the first part; the others follow by themselves.
   * @param {import("../protocol.js").OpenedSession} session
   * @param {import("../avatar-relay.js").TextPieces} pieces
   * @param {JSONObject | undefined} options
   * @param {{ signal?: AbortSignal | undefined, interrupt: (talk: string) => Promise<void> }} how
   * @returns {Promise<Talk>}
   */
  async speak({ session, limits }, pieces, options, { signal, interrupt }) {
    if (signal?.aborted) throw cancelled();
    const reader = new PartReader(pieces, longestPart(limits.text));
    const streamed = new StreamedTalk(this.#client, this.#clock, session, reader, interrupt);
    const abort = () => streamed.abort();
    this.#open.add(streamed);
    signal?.addEventListener("abort", abort);
    const over = () => {
      this.#open.delete(streamed);
      signal?.removeEventListener("abort", abort);
    };
    try {
      const talk = this.#ends.accepted(await streamed.begin(options));
      streamed.goOn().catch((error) => this.#ends.failed(talk.talk, error));
      talk.finished.then(over, over);
      return talk;
    } catch (error) {
      over();
      throw error;
    }
  }

  /**
   * What was being said when an interruption was asked for, which succeeded.
   * @param {string} [talk] that one alone
   * @returns {() => void} to be called then
   */
  interrupted(talk) {
    const meant = talk === undefined ? [...this.#open] : this.#named(talk);
    return () => this.#stop(meant);
  }

  /** @param {string} talk */
  #named(talk) {
    return [...this.#open].filter((streamed) => streamed.talk === talk);
  }

  /**
   * @param {StreamedTalk[]} talks
   * @param {SignalingError} [why]
   */
  #stop(talks, why = interrupted()) {
    for (const streamed of talks) streamed.stop(why);
  }
}

/** One talk, from its first part to its end. */
class StreamedTalk {
  #client;
  #clock;
  #session;
  #reader;
  #interrupt;
  /** @type {string | undefined} its id, once the provider accepted its first part */
  talk;
  #index = 0;
  #isAborted = false;
  /** @type {SignalingError | undefined} why nothing more of it may be said */
  #stopped;

  /**
   * @param {Requests} client
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {string} session
   * @param {PartReader} reader
   * @param {(talk: string) => Promise<void>} interrupt
   */
  constructor(client, clock, session, reader, interrupt) {
    this.#client = client;
    this.#clock = clock;
    this.#session = session;
    this.#reader = reader;
    this.#interrupt = interrupt;
  }

  /**
   * Waits for the first part and hands it on. Where that fails nothing else follows.
   * @param {JSONObject | undefined} options
   */
  async begin(options) {
    try {
      const text = await this.#reader.next();
      if (text === undefined) throw this.#stopped ?? (this.#isAborted ? cancelled() : nothingToSay());
      const accepted = await this.#ask("session.speak", { open: true, text, ...(options && { options }) });
      this.talk = accepted.talk;
      if (!this.#isAborted) return accepted;
      this.#cutOff(accepted.talk);
      this.goOn().catch(() => {});
      throw cancelled();
    } catch (error) {
      this.#reader.stop();
      throw error;
    }
  }

  /** Hands on the other parts and the end; throws where one of them failed, or the text did. */
  async goOn() {
    try {
      for (let text; (text = await this.#reader.next()) !== undefined; ) {
        const part = { talk: this.talk ?? "", index: this.#index + 1, text };
        const { interrupted: isOver } = await this.#ask("session.speakPart", part);
        this.#index += 1;
        if (isOver) this.stop(interrupted());
      }
    } catch (error) {
      this.#reader.stop();
      // Where the part was not taken, the end takes its place: what was said until then has to have one. Otherwise the talk
      // is over already, and where nobody knows the relay's time for parts ends it.
      if (!this.#stopped) await this.#end().catch(() => {});
      if (!this.#stopped) throw error;
      return;
    }
    if (!this.#stopped) await this.#end();
  }

  /**
   * Nothing more of it may be said.
   * @param {SignalingError} why
   */
  stop(why) {
    this.#stopped ??= why;
    this.#reader.stop();
  }

  /** Nobody wants it any more. Where it cannot be cut off, it ends with what was handed on. */
  abort() {
    this.#isAborted = true;
    this.#reader.stop();
    if (this.talk !== undefined) this.#cutOff(this.talk);
  }

  /** @param {string} talk */
  #cutOff(talk) {
    // `notSupported`, or the session is over.
    this.#interrupt(talk).catch(() => {});
  }

  async #end() {
    await this.#ask("session.speakEnd", { talk: this.talk ?? "", index: this.#index + 1 });
  }

  /**
   * Asks, and asks again what the relay did not take for the moment.
   * @template {"session.speak" | "session.speakPart" | "session.speakEnd"} Method
   * @param {Method} method
   * @param {object} params
   * @returns {Promise<import("../protocol.js").Methods[Method]["result"]>}
   */
  async #ask(method, params) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#client.request(method, /** @type {any} */ ({ session: this.#session, ...params }));
      } catch (error) {
        const { kind, retryAfterMs = PAUSE_MS } = SignalingError.from(error, "client.peerFailed", "Not sent");
        if (!TRY_LATER.has(kind) || retryAfterMs > MAX_PAUSE_MS || attempt === MAX_ATTEMPTS) throw error;
        await new Promise((resolve) => this.#clock.after(retryAfterMs, () => resolve(undefined)));
      }
    }
  }
}

/**
 * A UTF-16 code unit takes three bytes of UTF-8 at the most.
 * @param {import("../protocol.js").Limits["text"]} limit
 */
function longestPart({ unit, max }) {
  return Math.max(4, Math.min(MAX_PART, unit === "bytes" ? Math.floor(max / 3) : max));
}

function cancelled() {
  return new SignalingError({ kind: "client.cancelled", message: "The talk was given up.", method: "session.speak" });
}

function interrupted() {
  const message = "The talk was interrupted before anything of it was sent.";
  return new SignalingError({ kind: "talk.interrupted", message, method: "session.speak" });
}

function nothingToSay() {
  const message = "The text ended before it had a word.";
  return new SignalingError({ kind: "talk.tooShort", message, method: "session.speak" });
}
