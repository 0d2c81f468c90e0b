// How far a negotiation has come, read from the messages alone.

/** @typedef {"open" | "offer" | "answer" | "candidates" | "live" | "talk" | "closed"} Step */
/** @typedef {"waiting" | "active" | "done" | "failed"} Status */
/**
 * @typedef {object} Progress
 * @property {Status} status
 * @property {number | undefined} at when it was done or failed, in milliseconds
 * @property {number | undefined} providerMs how long the provider took over it, as far as is known
 */
/** @typedef {import("../../client/avatar-relay.js").LoggedMessage} LoggedMessage */

/** @type {readonly Step[]} */
export const STEPS = ["open", "offer", "answer", "candidates", "live", "talk", "closed"];

/** @type {Record<string, Step>} */
const STEP_OF_REQUEST = {
  "session.open": "open",
  "session.answer": "answer",
  "session.offer": "answer",
  "session.candidate": "candidates",
  "session.speak": "talk",
  "session.close": "closed",
};

export class NegotiationProgress {
  /** @type {Map<Step, Progress>} */
  #steps = new Map(STEPS.map((step) => [step, { status: "waiting", at: undefined, providerMs: undefined }]));
  /** @type {Map<unknown, any>} request id to request, while it is in flight */
  #asked = new Map();

  /**
   * A copy of where each step is.
   * @returns {Record<Step, Progress>}
   */
  get steps() {
    return /** @type {Record<Step, Progress>} */ (Object.fromEntries(this.#steps));
  }

  /** @param {LoggedMessage} logged */
  add({ direction, at, message }) {
    if (!message) return;
    const { id, method, params, result, error } = /** @type {any} */ (message);
    if (direction === "sent") return this.#sent(id, method, message);
    if (method === "session.state") return this.#entered(params.state, at);
    if (method === "session.talk") return this.#talked(params.phase, at);
    if (method === "session.closed") return this.#set("closed", "done", at);
    const request = this.#asked.get(id);
    this.#asked.delete(id);
    if (request) this.#answered(request, result, error, at);
  }

  /** What is still under way when a session ends was never reached. */
  end() {
    for (const [step, { status }] of this.#steps) if (status === "active") this.#set(step, "waiting", undefined);
  }

  /**
   * @param {unknown} id
   * @param {string} method
   * @param {object} message
   */
  #sent(id, method, message) {
    const step = STEP_OF_REQUEST[method];
    if (!step) return;
    this.#asked.set(id, message);
    if (this.#steps.get(step)?.status !== "done") this.#set(step, "active", undefined);
  }

  /**
   * @param {any} request
   * @param {any} result
   * @param {any} error
   * @param {number} at
   */
  #answered({ method, params }, result, error, at) {
    const step = STEP_OF_REQUEST[method];
    if (!step) return;
    if (error) return this.#set(step, "failed", at);
    this.#took(step, result?.providerMs);
    if (step === "open") {
      this.#set("open", "done", at);
      // Where the browser offers, there is no offer to wait for; where there is a room, there is no negotiation.
      if (result?.offer) this.#set("offer", "done", at);
      if (!result?.room) this.#set("answer", "active", undefined);
    } else if (step === "answer") {
      this.#set("answer", "done", at);
      this.#set("live", "active", undefined);
    } else if (step === "candidates" && params?.candidate === null) {
      this.#set("candidates", "done", at);
    }
  }

  /**
   * @param {string} state
   * @param {number} at
   */
  #entered(state, at) {
    if (state === "live") this.#set("live", "done", at);
    if (state === "closing") this.#set("closed", "active", undefined);
  }

  /**
   * @param {string} phase
   * @param {number} at
   */
  #talked(phase, at) {
    if (phase === "failed") return this.#set("talk", "failed", at);
    this.#set("talk", phase === "ended" ? "done" : "active", phase === "ended" ? at : undefined);
  }

  /**
   * @param {Step} step
   * @param {Status} status
   * @param {number | undefined} at
   */
  #set(step, status, at) {
    this.#steps.set(step, { status, at, providerMs: this.#steps.get(step)?.providerMs });
  }

  /**
   * @param {Step} step
   * @param {number | undefined} providerMs
   */
  #took(step, providerMs) {
    const known = this.#steps.get(step);
    if (known && providerMs !== undefined) this.#steps.set(step, { ...known, providerMs });
  }
}
