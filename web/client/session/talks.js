// Remembers how far talks came and how they ended: for whoever waits for an end, and to tell what was missed.
import { SignalingError } from "../connection/signaling-error.js";

/** @typedef {import("../avatar-relay.js").TalkEvent} TalkEvent */
/** @typedef {import("../avatar-relay.js").Talk} Talk */
/** @typedef {import("../protocol.js").Snapshot} Snapshot */
/** @typedef {import("../protocol.js").TalkPhase} TalkPhase */

/** How many ends are remembered of talks that nobody has waited for yet: an end may come before the talk's acceptance. */
const MAX_REMEMBERED = 64;

/** Lets whoever asked for a talk wait for its end. */
export class TalkEnds {
  /** @type {Map<string, TalkEvent>} */
  #ended = new Map();
  /** @type {Map<string, { resolve: (event: TalkEvent) => void, reject: (error: SignalingError) => void }>} */
  #waiting = new Map();
  /** @type {string | undefined} why the session ended; undefined while it goes on */
  #endReason;

  /** @param {Pick<import("./events.js").SessionListeners, "on">} events of the session */
  constructor(events) {
    events.on("talk", (event) => (event.phase === "ended" || event.phase === "failed") && this.#told(event));
    events.on("closed", ({ reason }) => this.#sessionEnded(reason));
  }

  /**
   * The talk with a promise for its end.
   * @param {import("../protocol.js").Methods["session.speak"]["result"]} accepted
   * @returns {Talk}
   */
  accepted(accepted) {
    /** @type {Promise<TalkEvent>} */
    const finished = new Promise((resolve, reject) => this.#waiting.set(accepted.talk, { resolve, reject }));
    // Nobody has to wait.
    finished.catch(() => {});
    const ended = this.#ended.get(accepted.talk);
    if (ended) this.#told(ended);
    else if (this.#endReason) this.#sessionEnded(this.#endReason);
    // Not enumerable: the talk can be compared, logged and stored as what the relay said.
    return /** @type {Talk} */ (Object.defineProperty({ ...accepted }, "finished", { value: finished }));
  }

  /**
   * What the relay will not tell: no more of the talk's text reaches it.
   * @param {string} talk
   * @param {SignalingError} error
   */
  failed(talk, error) {
    this.#waiting.get(talk)?.reject(error);
    this.#waiting.delete(talk);
  }

  /** @param {TalkEvent} event */
  #told(event) {
    const waiting = this.#waiting.get(event.talk);
    this.#waiting.delete(event.talk);
    this.#ended.delete(event.talk);
    if (!waiting) return this.#remember(event);
    if (event.phase === "ended") waiting.resolve(event);
    else waiting.reject(event.error ?? new SignalingError({ kind: "talk.unknown", message: "The talk failed." }));
  }

  /** @param {TalkEvent} event */
  #remember(event) {
    this.#ended.set(event.talk, event);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_REMEMBERED && oldest !== undefined) this.#ended.delete(oldest);
  }

  /** @param {string} reason */
  #sessionEnded(reason) {
    this.#endReason = reason;
    for (const { reject } of this.#waiting.values()) reject(sessionClosed(reason));
    this.#waiting.clear();
  }
}

/**
 * Why a talk was not said to its end.
 * @param {string} reason of the session's end
 * @param {string} [method] what was asked for
 */
export function sessionClosed(reason, method) {
  const message = `The session ended before the talk did (${reason}).`;
  return new SignalingError({ kind: "session.closed", message, ...(method && { method }) });
}

/** How many talks are remembered; a snapshot names no more. */
const MAX_TALKS = 64;
const PHASES = ["accepted", "started", "ended", "failed"];

/** Remembers how far each talk came, so that a snapshot can be told as the events that were missed. */
export class TalkPhases {
  /** @type {Map<string, TalkPhase>} */
  #phases = new Map();

  /**
   * @param {string} talk
   * @param {TalkPhase} phase
   */
  note(talk, phase) {
    this.#phases.delete(talk);
    this.#phases.set(talk, phase);
    const [oldest] = this.#phases.keys();
    if (this.#phases.size > MAX_TALKS && oldest !== undefined) this.#phases.delete(oldest);
  }

  /**
   * What of a snapshot was not known yet.
   * @param {Snapshot["talks"]} talks
   * @returns {{ talk: string, phase: TalkPhase, durationMs: number | undefined }[]}
   */
  missed(talks) {
    const news = [];
    for (const { talk, phase, durationMs } of talks) {
      const known = PHASES.indexOf(this.#phases.get(talk) ?? "");
      // A phase that is "unknown" tells nothing.
      if (PHASES.indexOf(phase) <= known) continue;
      news.push({ talk, phase: /** @type {TalkPhase} */ (phase), durationMs });
    }
    return news;
  }
}
