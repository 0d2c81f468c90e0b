// One client of a relay: JSON-RPC requests out, responses and notifications in, over one connection after another.
import { systemClock } from "./clock.js";
import { Emitter } from "./emitter.js";
import { denied, lostAnswer, notOpen } from "./endings.js";
import { classify, parse } from "./incoming.js";
import { Liveness } from "./liveness.js";
import { MessageLog } from "./message-log.js";
import { handOn } from "./receiving.js";
import { ReconnectingConnection } from "./reconnecting-connection.js";
import { RequestQueue } from "./request-queue.js";
import { SessionBook } from "./session-book.js";
import { SignalingError } from "./signaling-error.js";
import { TokenRenewal } from "./token-renewal.js";

/** @typedef {import("./avatar-relay.js").ConnectionEvents} ConnectionEvents */
/** @typedef {import("./avatar-relay.js").ConnectionClosed} ConnectionClosed */
/** @typedef {import("./protocol.js").Methods} Methods */

const REQUEST_TIMEOUT_MS = 30_000;
/** How long the answer to `session.resume` may take before the connection counts as dead, in milliseconds. */
export const RESUME_TIMEOUT_MS = 10_000;
/** The close code after a token that is not good, and where none came. */
const DENIED = 4501;

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
  #book;
  #log;
  /** @type {Promise<void> | undefined} */
  #connecting;
  #lastId = 0;

  /**
   * @param {import("./avatar-relay.js").ConnectionOptions} options
   * @param {import("./resume-store.js").ResumeStore} [store] keeps what a page that is loaded again needs
   */
  constructor(options, store) {
    this.#timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#store = store;
    this.#clock = options.clock ?? systemClock;
    this.#log = new MessageLog(this.#clock, this.#events);
    this.#token = new TokenRenewal(options.token, this.#clock, (token) => this.#authorize(token), this.#complain);
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
    const die = () => this.#connection.drop("no answer to a ping");
    this.#liveness = new Liveness(this.#clock, () => this.#ping(true), die);
    this.#book = new SessionBook(this.#clock, this.#bookEffects());
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

  connect() {
    this.#log.begin();
    this.#connecting ??= this.#connection.connect();
    return this.#connecting;
  }

  /**
   * @template {keyof Methods} Method
   * @param {Method} method
   * @param {Methods[Method]["params"]} params
   * @param {import("./avatar-relay.js").RequestOptions<Methods[Method]["result"]>} [options]
   * @returns {Promise<Methods[Method]["result"]>}
   */
  async request(method, params, options = {}) {
    try {
      const result = await this.#ask(method, params, options);
      if (method === "authorize") this.#token.accepted(/** @type {any} */ (params).token);
      return result;
    } catch (error) {
      const expired = error instanceof SignalingError && error.kind === "access.expired" && this.#token.renewable;
      // What was refused for its token was not begun. A text to speak is asked for anew by nobody but the caller.
      if (!expired || method === "authorize") throw error;
      const renewed = this.#token.renew();
      if (method !== "session.speak") return renewed.then(() => this.#ask(method, params, options));
      renewed.catch(this.#complain);
      throw error;
    }
  }

  ping() {
    return this.#ping(false);
  }

  close() {
    for (const session of this.#book.open) this.#closeAside(session);
    this.#connection.close();
    // One that never was open has no end to hear of.
    if (this.state === "closed") this.#book.clear();
  }

  /**
   * Takes on what an earlier page left: its session and its counter of ids.
   * @param {import("./resume-store.js").Leftover} left
   */
  adopt(left) {
    this.#lastId = Math.max(this.#lastId, left.nextId - 1);
    this.#book.adopt(left);
  }

  /**
   * @template {keyof Methods} Method
   * @param {Method} method
   * @param {any} params
   * @param {import("./avatar-relay.js").RequestOptions<any>} options
   * @param {boolean} [urgent]
   * @returns {Promise<any>}
   */
  #ask(method, params, { timeoutMs = this.#timeoutMs, onResult, onQueued }, urgent) {
    return new Promise((resolve, reject) => {
      if (this.state !== "open" && this.state !== "resuming") return reject(notOpen(method, this.state));
      if (method === "session.close") this.#book.closing(params.session);
      const entry = { method, params, resolve, reject, onQueued, urgent: urgent || method === "session.close" };
      const kept = method === "session.open" ? this.#keep(onResult) : onResult;
      this.#requests.add({ ...entry, onResult: kept }, timeoutMs);
    });
  }

  /**
   * Whoever opens a session through this client may resume it.
   * @param {import("./avatar-relay.js").RequestOptions<any>["onResult"]} onResult
   * @returns {import("./avatar-relay.js").RequestOptions<any>["onResult"]}
   */
  #keep(onResult) {
    return (result, how) => {
      this.#book.opened(result);
      onResult?.(result, how);
    };
  }

  /** @returns {import("./session-book.js").BookEffects} */
  #bookEffects() {
    return {
      ask: (params, then) =>
        this.#ask("session.resume", params, { timeoutMs: RESUME_TIMEOUT_MS, onResult: then }, true),
      hold: (session) => this.#requests.hold(session),
      release: (session) => this.#requests.release(session),
      settleLast: (session) => this.#requests.settleLast(session),
      drop: (reason, afterMs) => this.#connection.drop(reason, afterMs),
      changed: (held) => this.#store?.changed(held),
      resumed: (event) => this.#events.emit("resumed", event),
      ended: (event) => {
        this.#requests.drop(event.session, (method, sent) => lostAnswer(method, sent, "The session is over"));
        this.#events.emit("ended", event);
      },
      close: (session) => this.#closeAside(session),
      complain: this.#complain,
    };
  }

  #opened() {
    this.#liveness.start();
    // What is lost is asked for before anything else goes out.
    this.#book.connected();
    this.#requests.resume();
  }

  /** @param {ConnectionClosed} ending */
  #lost({ code }) {
    this.#liveness.stop();
    const words = `The connection closed with code ${code}`;
    const reason = (/** @type {string} */ method) => lostAnswer(method, true, words);
    this.#requests.pause((session) => this.#book.comesBack(session), reason);
    this.#book.lost(code);
  }

  /** @param {ConnectionClosed} ending */
  #ended(ending) {
    const { code, reason } = ending;
    this.#liveness.stop();
    this.#book.clear();
    const words = `The connection closed with code ${code}`;
    this.#requests.failAll((method, sent) =>
      code === DENIED ? denied(method, reason) : lostAnswer(method, sent, words, ending.action !== "stop"),
    );
    this.#events.emit("closed", ending);
  }

  /** @param {boolean} urgent */
  async #ping(urgent) {
    const begun = this.#clock.now();
    await this.#ask("ping", undefined, {}, urgent);
    return this.#clock.now() - begun;
  }

  /** @param {string} token */
  async #authorize(token) {
    // Another connection will bring a token of its own.
    if (this.state === "open") await this.#ask("authorize", { token }, {}, true);
  }

  /** @param {string} session */
  #closeAside(session) {
    this.#ask("session.close", { session }, {}).catch(() => {});
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
    const text = JSON.stringify(message);
    this.#log.add("sent", message, text);
    this.#connection.send(text);
  }

  /** @param {unknown} data */
  #receive(data) {
    const message = parse(data);
    this.#liveness.heard();
    this.#log.add("received", message, typeof data === "string" ? data : "");
    handOn(classify(message), { requests: this.#requests, book: this.#book, events: this.#events });
  }

  /** @type {(error: SignalingError) => void} */
  #complain = (error) => this.#events.emit("error", error);
}
