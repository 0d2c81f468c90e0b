// Decides which requests wait for their turn and which for their response, all for a bounded time, over interruptions.
import { SignalingError } from "./signaling-error.js";

/** The relay takes 64 requests in flight on a connection; four places stay free for what is urgent. */
export const MAX_IN_FLIGHT = 60;
/** How many more may wait in the browser, for their turn or for a connection. */
export const MAX_WAITING = 256;
/** How many requests that ran out of time are remembered, so that a late answer can still be acted upon. */
export const MAX_LATE = 32;

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {any} params
 * @property {number} timeoutMs how long the response may take
 * @property {boolean} urgent whether it goes before all that waits
 * @property {((result: any, how: { late: boolean }) => void) | undefined} onResult called before the caller has it
 * @property {((position: number) => void) | undefined} onQueued
 * @property {(result: any) => void} resolve
 * @property {(error: SignalingError) => void} reject
 */

/** One request from its call to its end. */
export class PendingRequest {
  /** 0 until it was sent for the first time; sent again, it keeps its id. */
  id = 0;
  #call;
  /** @type {(() => void) | undefined} */
  #cancelTimer;
  #markSettled = () => {};

  /** @param {Call} call */
  constructor(call) {
    this.#call = call;
    /** Resolves once the caller has a result or an error. */
    this.settled = new Promise((/** @type {(value?: undefined) => void} */ resolve) => (this.#markSettled = resolve));
  }

  get method() {
    return this.#call.method;
  }
  get params() {
    return this.#call.params;
  }
  get timeoutMs() {
    return this.#call.timeoutMs;
  }
  get isUrgent() {
    return this.#call.urgent;
  }
  get wasSent() {
    return this.id > 0;
  }
  get hasTimer() {
    return this.#cancelTimer !== undefined;
  }

  /**
   * The session with which it goes from connection to connection; undefined where it belongs to one connection, as
   * `session.resume` does.
   * @returns {string | undefined}
   */
  get session() {
    const { method, params } = this.#call;
    return typeof params?.session === "string" && method !== "session.resume" ? params.session : undefined;
  }

  /**
   * Begins its time, or begins it anew.
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {() => void} expired
   */
  startTimer(clock, expired) {
    this.#cancelTimer?.();
    this.#cancelTimer = clock.after(this.#call.timeoutMs, expired);
  }

  stopTimer() {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** @param {number} position */
  queuedAt(position) {
    this.#call.onQueued?.(position);
  }

  /** @param {any} result */
  succeed(result) {
    try {
      this.#call.onResult?.(result, { late: false });
    } catch (error) {
      return this.fail(SignalingError.from(error, "client.peerFailed", "The browser could not use the answer"));
    }
    this.stopTimer();
    this.#call.resolve(result);
    this.#markSettled();
  }

  /**
   * Hands on a result that came after the caller was told that there is none.
   * @param {any} result
   */
  succeedLate(result) {
    this.#call.onResult?.(result, { late: true });
  }

  /** @param {SignalingError} error */
  fail(error) {
    this.stopTimer();
    this.#call.reject(error);
    this.#markSettled();
  }

  /**
   * @param {import("../protocol.js").ClientErrorKind} kind
   * @param {string} message
   */
  failWith(kind, message) {
    this.fail(new SignalingError({ kind, message, method: this.method, retryable: kind === "client.overload" }));
  }
}

export class RequestQueue {
  #write;
  #clock;
  #nextId;
  #open = false;
  /** @type {Set<string>} sessions whose requests wait, since the connection does not have them yet */
  #heldSessions = new Set();
  /** @type {PendingRequest[]} first what was sent before and not answered, by id; then what never was sent */
  #waiting = [];
  /** @type {Map<number, PendingRequest>} */
  #inFlight = new Map();
  /** @type {Map<number, PendingRequest>} what ran out of time */
  #late = new Map();
  /** @type {Set<number>} what was sent again on this connection and is not answered */
  #resent = new Set();
  /** @type {Set<number>} what was sent again and answered: the response to the first time may still come */
  #answeredOnce = new Set();

  /**
   * @param {import("../avatar-relay.js").Clock} clock
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
   * @param {Call} call
   */
  add(call) {
    const request = new PendingRequest(call);
    if (!request.isUrgent && this.#waiting.filter(({ wasSent }) => !wasSent).length >= MAX_WAITING) {
      return request.failWith("client.overload", `${MAX_WAITING} requests wait for their turn already.`);
    }
    if (!this.#isHeld(request)) this.#startTimer(request);
    const behind = request.isUrgent ? this.#waiting.findIndex(({ wasSent, isUrgent }) => !wasSent && !isUrgent) : -1;
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, request);
    this.#sendWaiting();
  }

  /** There is a connection: what belongs to no session that is held is sent. */
  connectionOpened() {
    this.#open = true;
    this.#sendWaiting();
  }

  /**
   * The connection is gone. What belongs to a session that may come back waits, to be sent again with the same id; the
   * rest is rejected.
   * @param {(session: string) => boolean} mayComeBack
   * @param {(method: string) => SignalingError} reason
   */
  connectionLost(mayComeBack, reason) {
    this.#open = false;
    this.#late.clear();
    this.#resent.clear();
    this.#answeredOnce.clear();
    const unanswered = [...this.#inFlight.values()];
    this.#inFlight.clear();
    const kept = unanswered.filter(({ session }) => session !== undefined && mayComeBack(session));
    const resend = [...kept, ...this.#waiting.filter(({ wasSent }) => wasSent)].sort((a, b) => a.id - b.id);
    this.#waiting = [...resend, ...this.#waiting.filter(({ wasSent }) => !wasSent)];
    for (const request of unanswered) if (!kept.includes(request)) request.fail(reason(request.method));
  }

  /**
   * What belongs to a session waits until it is released. Its time stands still: whoever holds it sees to the end. But
   * what is urgent is not worth so long a wait.
   * @param {string} session
   */
  hold(session) {
    this.#heldSessions.add(session);
    for (const request of this.#waiting) if (this.#isHeld(request)) request.stopTimer();
  }

  /** @param {string} session */
  release(session) {
    this.#heldSessions.delete(session);
    this.#sendWaiting();
  }

  /**
   * A session is over: nothing about it will be answered any more. To close it has thereby succeeded.
   * @param {string} session
   * @param {(method: string, sent: boolean) => SignalingError} reason
   */
  sessionEnded(session, reason) {
    const requests = [...this.#inFlight.values(), ...this.#waiting].filter((request) => request.session === session);
    for (const { id } of requests) this.#inFlight.delete(id);
    this.#waiting = this.#waiting.filter((request) => request.session !== session);
    this.#heldSessions.delete(session);
    for (const request of requests) {
      if (request.method === "session.close") request.succeed({});
      else request.fail(reason(request.method, request.wasSent));
    }
    this.#sendWaiting();
  }

  /**
   * Sends again what was sent before about a session that is over, which the relay still answers; what never was sent
   * goes on waiting. Resolves once each has its response, or no time left.
   * @param {string} session
   */
  async resend(session) {
    const unanswered = this.#waiting.filter((request) => request.session === session && request.wasSent);
    for (const request of unanswered) this.#send(request);
    await Promise.all(unanswered.map(({ settled }) => settled));
  }

  /**
   * A request waits at the relay for a place: its time begins anew.
   * @param {number} id
   * @param {number} position
   */
  queuedAt(id, position) {
    const request = this.#inFlight.get(id);
    if (!request) return;
    this.#startTimer(request);
    request.queuedAt(position);
  }

  /**
   * Hands a response to whoever asked; false if nobody did.
   * @param {number} id
   * @param {import("./messages.js").Outcome} outcome
   */
  settle(id, outcome) {
    const request = this.#inFlight.get(id);
    if (!request) return this.#settleLate(id, outcome);
    this.#inFlight.delete(id);
    if (this.#resent.delete(id)) this.#answeredOnce.add(id);
    if ("error" in outcome) request.fail(SignalingError.fromObject(outcome.error, request.method));
    else request.succeed(outcome.result);
    this.#sendWaiting();
    return true;
  }

  /**
   * Rejects everything: there will be no connection any more.
   * @param {(method: string, sent: boolean) => SignalingError} reason
   */
  failAll(reason) {
    const requests = [...this.#inFlight.values(), ...this.#waiting];
    this.#open = false;
    this.#inFlight.clear();
    this.#late.clear();
    this.#waiting = [];
    for (const request of requests) request.fail(reason(request.method, request.wasSent));
  }

  #sendWaiting() {
    if (!this.#open) return;
    const sendable = this.#waiting.filter(({ session }) => session === undefined || !this.#heldSessions.has(session));
    for (const request of sendable) {
      if (request.isUrgent || this.#inFlight.size < MAX_IN_FLIGHT) this.#send(request);
    }
  }

  /** @param {PendingRequest} request */
  #isHeld({ isUrgent, session }) {
    return !isUrgent && session !== undefined && this.#heldSessions.has(session);
  }

  /** @param {PendingRequest} request */
  #send(request) {
    if (!request.hasTimer) this.#startTimer(request);
    this.#waiting.splice(this.#waiting.indexOf(request), 1);
    if (request.wasSent) this.#resent.add(request.id);
    else request.id = this.#nextId();
    this.#inFlight.set(request.id, request);
    this.#write(request.id, request.method, request.params);
  }

  /** @param {PendingRequest} request */
  #startTimer(request) {
    request.startTimer(this.#clock, () => this.#expire(request));
  }

  /** @param {PendingRequest} request */
  #expire(request) {
    const { id, timeoutMs } = request;
    this.#waiting = this.#waiting.filter((other) => other !== request);
    if (!request.wasSent) return request.failWith("client.timeout", `Not sent within ${timeoutMs} ms.`);
    if (this.#inFlight.delete(id)) this.#late.set(id, request);
    const [oldest] = this.#late.keys();
    if (this.#late.size > MAX_LATE && oldest !== undefined) this.#late.delete(oldest);
    request.failWith("client.timeout", `No answer within ${timeoutMs} ms; it may still have taken effect.`);
    this.#sendWaiting();
  }

  /**
   * @param {number} id
   * @param {import("./messages.js").Outcome} outcome
   */
  #settleLate(id, outcome) {
    const request = this.#late.get(id);
    if (!request) return this.#answeredOnce.delete(id);
    this.#late.delete(id);
    if ("result" in outcome) request.succeedLate(outcome.result);
    return true;
  }
}
