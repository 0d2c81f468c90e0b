// Which requests wait for their turn and which for their answer, each for a bounded time, over interruptions too.
import { belongsToSession, end, fault, isAbout, settling, succeed } from "./request-entry.js";
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./avatar-relay.js").Clock} Clock */
/** @typedef {import("./request-entry.js").Entry} Entry */

/** The relay takes 64 requests in flight on a connection; four places stay free for what is urgent. */
export const MAX_IN_FLIGHT = 60;
/** How many more may wait in the browser, for their turn or for a connection. */
export const MAX_WAITING = 256;
/** How many requests that ran out of time are remembered, so that a late answer can still be acted upon. */
export const MAX_LATE = 32;

export class RequestQueue {
  #write;
  #clock;
  #nextId;
  #open = false;
  /** @type {Set<string>} sessions whose requests wait, since the connection does not have them yet */
  #held = new Set();
  /** @type {Entry[]} first what was sent before and not answered, by id; then what never was sent */
  #waiting = [];
  /** @type {Map<number, Entry>} */
  #inFlight = new Map();
  /** @type {Map<number, Entry>} */
  #late = new Map();
  /**
   * What was sent again on this connection and answered: the answer to the first time and that to the second may cross.
   * @type {Set<number>}
   */
  #answered = new Set();
  /** @type {Set<number>} what was sent again on this connection */
  #again = new Set();

  /**
   * @param {Clock} clock
   * @param {() => number} nextId
   * @param {(id: number, method: string, params: object | undefined) => void} write
   */
  constructor(clock, nextId, write) {
    this.#clock = clock;
    this.#nextId = nextId;
    this.#write = write;
  }

  /**
   * Sends a request now, or as soon as there is a connection that has its session, and fewer are in flight.
   * @param {Omit<Entry, "cancelTimer" | "id" | "timeoutMs">} request
   * @param {number} timeoutMs
   */
  add(request, timeoutMs) {
    /** @type {Entry} */
    const entry = { ...request, timeoutMs, cancelTimer: undefined, id: 0 };
    if (!entry.urgent && this.#waiting.filter(({ id }) => id === 0).length >= MAX_WAITING) {
      entry.reject(fault(entry, "client.overload", `${MAX_WAITING} requests wait for their turn already.`));
      return;
    }
    if (!this.#isHeld(entry)) this.#time(entry);
    const behind = entry.urgent ? this.#waiting.findIndex(({ id, urgent }) => id === 0 && !urgent) : -1;
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, entry);
    this.#sendWaiting();
  }

  /** There is a connection: what belongs to no session that is held goes out. */
  resume() {
    this.#open = true;
    this.#sendWaiting();
  }

  /**
   * The connection is gone. What belongs to a session that may come back waits, to be sent again with the same number;
   * the rest is rejected.
   * @param {(session: string) => boolean} comesBack
   * @param {(method: string) => SignalingError} reason
   */
  pause(comesBack, reason) {
    this.#open = false;
    this.#late.clear();
    this.#again.clear();
    this.#answered.clear();
    const asked = [...this.#inFlight.values()];
    this.#inFlight.clear();
    const kept = asked.filter((entry) => belongsToSession(entry) && comesBack(entry.params.session));
    const again = [...kept, ...this.#waiting.filter(({ id }) => id > 0)].sort((a, b) => a.id - b.id);
    this.#waiting = [...again, ...this.#waiting.filter(({ id }) => id === 0)];
    for (const entry of asked) if (!kept.includes(entry)) end(entry, reason(entry.method));
  }

  /**
   * What belongs to a session waits until it is released. Its time stands still: whoever holds it sees to the end. But
   * what is urgent is not worth so long a wait.
   * @param {string} session
   */
  hold(session) {
    this.#held.add(session);
    for (const entry of this.#waiting) {
      if (!this.#isHeld(entry)) continue;
      entry.cancelTimer?.();
      entry.cancelTimer = undefined;
    }
  }

  /** @param {string} session */
  release(session) {
    this.#held.delete(session);
    this.#sendWaiting();
  }

  /**
   * A session is over: nothing about it will be answered any more. To close it has thereby succeeded.
   * @param {string} session
   * @param {(method: string, sent: boolean) => SignalingError} reason
   */
  drop(session, reason) {
    const about = isAbout(session);
    const entries = [...this.#inFlight.values(), ...this.#waiting].filter(about);
    for (const { id } of entries) this.#inFlight.delete(id);
    this.#waiting = this.#waiting.filter((entry) => !about(entry));
    this.#held.delete(session);
    for (const entry of entries) {
      if (entry.method === "session.close") succeed(entry, {});
      else end(entry, reason(entry.method, entry.id > 0));
    }
    this.#sendWaiting();
  }

  /**
   * Sends again what was sent before about a session that is over, which the relay still answers; what never was sent
   * goes on waiting. Resolves once each has its answer, or no time left.
   * @param {string} session
   */
  async settleLast(session) {
    const unanswered = this.#waiting.filter((entry) => isAbout(session)(entry) && entry.id > 0);
    const settled = unanswered.map((entry) => settling(entry));
    for (const entry of unanswered) this.#send(entry);
    await Promise.all(settled);
  }

  /**
   * A request waits at the relay for a place: its time begins anew.
   * @param {number} id
   * @param {number} position
   */
  queued(id, position) {
    const entry = this.#inFlight.get(id);
    if (!entry) return;
    this.#time(entry);
    entry.onQueued?.(position);
  }

  /**
   * Hands an answer to whoever asked; false if nobody did.
   * @param {number} id
   * @param {{ result: any } | { error: import("./protocol.js").ErrorObject }} answer
   */
  settle(id, answer) {
    const entry = this.#inFlight.get(id);
    if (!entry) return this.#settleLate(id, answer);
    this.#inFlight.delete(id);
    if (this.#again.delete(id)) this.#answered.add(id);
    if ("error" in answer) end(entry, SignalingError.fromObject(answer.error, entry.method));
    else succeed(entry, answer.result);
    this.#sendWaiting();
    return true;
  }

  /**
   * Rejects everything: there will be no connection any more.
   * @param {(method: string, sent: boolean) => SignalingError} reason
   */
  failAll(reason) {
    const entries = [...this.#inFlight.values(), ...this.#waiting];
    this.#open = false;
    this.#inFlight.clear();
    this.#late.clear();
    this.#waiting = [];
    for (const entry of entries) end(entry, reason(entry.method, entry.id > 0));
  }

  #sendWaiting() {
    if (!this.#open) return;
    const sendable = this.#waiting.filter((entry) => !belongsToSession(entry) || !this.#held.has(entry.params.session));
    for (const entry of sendable) {
      if (entry.urgent || this.#inFlight.size < MAX_IN_FLIGHT) this.#send(entry);
    }
  }

  /** @param {Entry} entry */
  #isHeld(entry) {
    return !entry.urgent && belongsToSession(entry) && this.#held.has(entry.params.session);
  }

  /** @param {Entry} entry */
  #send(entry) {
    if (!entry.cancelTimer) this.#time(entry);
    this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    if (entry.id > 0) this.#again.add(entry.id);
    else entry.id = this.#nextId();
    this.#inFlight.set(entry.id, entry);
    this.#write(entry.id, entry.method, entry.params);
  }

  /** @param {Entry} entry */
  #time(entry) {
    entry.cancelTimer?.();
    entry.cancelTimer = this.#clock.after(entry.timeoutMs, () => this.#expire(entry));
  }

  /** @param {Entry} entry */
  #expire(entry) {
    const { timeoutMs } = entry;
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    if (entry.id === 0) {
      entry.reject(fault(entry, "client.timeout", `Not sent within ${timeoutMs} ms.`));
      return;
    }
    if (this.#inFlight.delete(entry.id)) this.#late.set(entry.id, entry);
    const [oldest] = this.#late.keys();
    if (this.#late.size > MAX_LATE && oldest !== undefined) this.#late.delete(oldest);
    entry.reject(fault(entry, "client.timeout", `No answer within ${timeoutMs} ms; it may still have taken effect.`));
    this.#sendWaiting();
  }

  /**
   * @param {number} id
   * @param {{ result: any } | { error: object }} answer
   */
  #settleLate(id, answer) {
    const entry = this.#late.get(id);
    if (!entry) return this.#answered.delete(id);
    this.#late.delete(id);
    if ("result" in answer) entry.onResult?.(answer.result, { late: true });
    return true;
  }
}
