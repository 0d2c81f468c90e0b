// Sends requests to a relay and hears its responses and notifications, over one connection after another.
import { Emitter } from "./emitter.js";
import { Liveness } from "./liveness.js";
import { MessageLog, classify, parse } from "./messages.js";
import { ReconnectingConnection } from "./reconnecting-connection.js";
import { RequestQueue } from "./request-queue.js";
import { ResumableSessions } from "./resumable-sessions.js";
import { SignalingError, accessDenied, connectionNotOpen, responseLost } from "./signaling-error.js";
import { TokenRenewal } from "./token-renewal.js";

/** @typedef {import("../avatar-relay.js").ConnectionEvents} ConnectionEvents */
/** @typedef {import("../avatar-relay.js").ConnectionClosed} ConnectionClosed */
/** @typedef {import("../protocol.js").Methods} Methods */

const REQUEST_TIMEOUT_MS = 30_000;
/** How long the response to `session.resume` may take before the connection counts as dead, in milliseconds. */
const RESUME_TIMEOUT_MS = 10_000;
/** The close code after a token that is not good, and where none came. */
const DENIED = 4501;

/**
 * @typedef {object} SessionStore keeps what a page that is loaded again needs
 * @property {(session: import("./resumable-sessions.js").ResumableSession) => void} changed
 * @property {(id: number) => void} used an id is about to be used
 */

/** @type {import("../avatar-relay.js").Clock} */
export const systemClock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

export class SignalingClient {
  /** @type {Emitter<ConnectionEvents>} */
  #events = new Emitter();
  #timeoutMs;
  #clock;
  #store;
  #token;
  #connection;
  #requests;
  #liveness;
  #sessions;
  #log;
  /** @type {Promise<void> | undefined} */
  #connecting;
  #lastId = 0;

  /**
   * @param {import("../avatar-relay.js").ConnectionOptions} options
   * @param {SessionStore} [store]
   */
  constructor(options, store) {
    this.#timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#store = store;
    this.#clock = options.clock ?? systemClock;
    this.#log = new MessageLog(this.#clock, this.#events);
    this.#token = new TokenRenewal(options.token, this.#clock, (token) => this.#authorize(token), this.#reportError);
    this.#connection = new ReconnectingConnection(options, this.#clock, this.#token, {
      opened: () => this.#opened(),
      received: (data) => this.#receive(data),
      lost: (ending) => this.#lost(ending),
      ended: (ending) => this.#ended(ending),
      state: (event) => this.#events.emit("state", event),
      awake: () => this.#liveness.check(),
    });
    const write = this.#write.bind(this);
    this.#requests = new RequestQueue(this.#clock, () => this.#nextId(), write);
    const declareDead = () => this.#connection.drop("no answer to a ping");
    this.#liveness = new Liveness(this.#clock, () => this.#ping(true), declareDead);
    this.#sessions = new ResumableSessions(this.#clock, this.#sessionEffects());
  }

  get state() {
    return this.#connection.state;
  }
  get roundTripMs() {
    return this.#liveness.roundTripMs;
  }

  /**
   * @template {keyof ConnectionEvents} Name
   * @param {Name} name
   * @param {(event: ConnectionEvents[Name]) => void} listener
   */
  on(name, listener) {
    return this.#events.on(name, listener);
  }

  /**
   * @template {keyof ConnectionEvents} Name
   * @param {Name} name
   * @param {(event: ConnectionEvents[Name]) => void} listener
   */
  off(name, listener) {
    this.#events.off(name, listener);
  }

  connect() {
    this.#log.start();
    this.#connecting ??= this.#connection.connect();
    return this.#connecting;
  }

  /**
   * @template {keyof Methods} Method
   * @param {Method} method
   * @param {Methods[Method]["params"]} params
   * @param {import("../avatar-relay.js").RequestOptions<Methods[Method]["result"]>} [options]
   * @returns {Promise<Methods[Method]["result"]>}
   */
  async request(method, params, options = {}) {
    try {
      const result = await this.#call(method, params, options);
      if (method === "authorize") this.#token.accepted(/** @type {any} */ (params).token);
      return result;
    } catch (error) {
      const expired = error instanceof SignalingError && error.kind === "access.expired" && this.#token.renewable;
      // What was refused for its token was not begun. A text to speak is asked for anew by nobody but the caller.
      if (!expired || method === "authorize") throw error;
      const renewed = this.#token.renew();
      if (method !== "session.speak") return renewed.then(() => this.#call(method, params, options));
      renewed.catch(this.#reportError);
      throw error;
    }
  }

  ping() {
    return this.#ping(false);
  }

  close() {
    for (const session of this.#sessions.open) this.#closeInBackground(session);
    this.#connection.close();
    // One that never was open has no end to hear of.
    if (this.state === "closed") this.#sessions.clear();
  }

  /**
   * Takes on what an earlier page left: its session and its counter of ids.
   * @param {import("./resumable-sessions.js").StoredSession} stored
   */
  adopt(stored) {
    this.#lastId = Math.max(this.#lastId, stored.nextId - 1);
    this.#sessions.adopt(stored);
  }

  /**
   * @template {keyof Methods} Method
   * @param {Method} method
   * @param {any} params
   * @param {import("../avatar-relay.js").RequestOptions<any>} options
   * @param {boolean} [urgent]
   * @returns {Promise<any>}
   */
  #call(method, params, { timeoutMs = this.#timeoutMs, onResult, onQueued }, urgent = false) {
    return new Promise((resolve, reject) => {
      if (this.state !== "open" && this.state !== "resuming") return reject(connectionNotOpen(method, this.state));
      if (method === "session.close") this.#sessions.closing(params.session);
      this.#requests.add({
        method,
        params,
        timeoutMs,
        urgent: urgent || method === "session.close",
        onResult: method === "session.open" ? this.#keepSession(onResult) : onResult,
        onQueued,
        resolve,
        reject,
      });
    });
  }

  /**
   * Whoever opens a session through this client may resume it.
   * @param {import("../avatar-relay.js").RequestOptions<any>["onResult"]} onResult
   * @returns {import("../avatar-relay.js").RequestOptions<any>["onResult"]}
   */
  #keepSession(onResult) {
    return (result, how) => {
      this.#sessions.opened(result);
      onResult?.(result, how);
    };
  }

  /** @returns {import("./resumable-sessions.js").Effects} */
  #sessionEffects() {
    return {
      resume: (params, then) =>
        this.#call("session.resume", params, { timeoutMs: RESUME_TIMEOUT_MS, onResult: then }, true),
      holdRequests: (session) => this.#requests.hold(session),
      releaseRequests: (session) => this.#requests.release(session),
      resendRequests: (session) => this.#requests.resend(session),
      dropConnection: (reason, afterMs) => this.#connection.drop(reason, afterMs),
      changed: (session) => this.#store?.changed(session),
      resumed: (event) => this.#events.emit("resumed", event),
      ended: (event) => {
        this.#requests.sessionEnded(event.session, (method, sent) => responseLost(method, sent, "The session is over"));
        this.#events.emit("ended", event);
      },
      close: (session) => this.#closeInBackground(session),
      reportError: this.#reportError,
    };
  }

  #opened() {
    this.#liveness.start();
    // What is lost is resumed before anything else is sent.
    this.#sessions.connectionOpened();
    this.#requests.connectionOpened();
  }

  /** @param {ConnectionClosed} ending */
  #lost({ code }) {
    this.#liveness.stop();
    const reason = (/** @type {string} */ method) => responseLost(method, true, closedWith(code));
    this.#requests.connectionLost((session) => this.#sessions.mayComeBack(session), reason);
    this.#sessions.connectionLost(code);
  }

  /** @param {ConnectionClosed} ending */
  #ended(ending) {
    const { code, reason } = ending;
    this.#liveness.stop();
    this.#sessions.clear();
    this.#requests.failAll((method, sent) =>
      code === DENIED
        ? accessDenied(method, reason)
        : responseLost(method, sent, closedWith(code), ending.action !== "stop"),
    );
    this.#events.emit("closed", ending);
  }

  /** @param {boolean} urgent */
  async #ping(urgent) {
    const sentAt = this.#clock.now();
    await this.#call("ping", undefined, {}, urgent);
    return this.#clock.now() - sentAt;
  }

  /** @param {string} token */
  async #authorize(token) {
    // Another connection will bring a token of its own.
    if (this.state === "open") await this.#call("authorize", { token }, {}, true);
  }

  /** @param {string} session */
  #closeInBackground(session) {
    this.#call("session.close", { session }, {}).catch(() => {});
  }

  #nextId() {
    this.#lastId += 1;
    this.#store?.used(this.#lastId);
    return this.#lastId;
  }

  /**
   * @param {number} id
   * @param {string} method
   * @param {object | undefined} params
   */
  #write(id, method, params) {
    const message = { jsonrpc: "2.0", id, method, params };
    const text = JSON.stringify(message, wellFormed);
    this.#log.add("sent", message, text);
    this.#connection.send(text);
  }

  /** @param {unknown} data */
  #receive(data) {
    const message = parse(data);
    this.#liveness.received();
    this.#log.add("received", message, typeof data === "string" ? data : "");
    const incoming = classify(message);
    switch (incoming.kind) {
      case "notification":
        return this.#notified(/** @type {any} */ (incoming));
      case "response":
        if (this.#requests.settle(incoming.id, incoming.outcome)) return;
        return this.#reportMalformed(`The relay answered ${incoming.id}, which was not asked.`);
      case "unaddressedError":
        return this.#reportError(SignalingError.fromObject(incoming.error));
      case "malformed":
        return this.#reportMalformed(incoming.why);
    }
  }

  /** @param {import("../protocol.js").Notification} notification */
  #notified({ method, params }) {
    if (method === "request.queued") this.#requests.queuedAt(params.id, params.position);
    const { session } = /** @type {any} */ (params);
    if (typeof session === "string" && !this.#sessions.accepts(method, /** @type {any} */ (params))) return;
    this.#events.emit("notification", /** @type {any} */ ({ method, params }));
  }

  /** @param {string} message */
  #reportMalformed(message) {
    this.#reportError(new SignalingError({ kind: "client.malformedMessage", message }));
  }

  /** @type {(error: SignalingError) => void} */
  #reportError = (error) => this.#events.emit("error", error);
}

/**
 * Half a surrogate pair, as `"😀".slice(0, 1)` leaves it, is no text that UTF-8 can carry (RFC 3629, section 3).
 * @param {string} _
 * @param {unknown} value
 */
function wellFormed(_, value) {
  return typeof value === "string" ? value.replace(/\p{Surrogate}/gu, "\ufffd") : value;
}

/** @param {number} code */
function closedWith(code) {
  return `The connection closed with code ${code}`;
}
