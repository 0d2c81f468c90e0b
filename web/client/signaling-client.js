// One connection to a relay: JSON-RPC requests out, responses and notifications in.
import { systemClock } from "./clock.js";
import { actionAfterClose } from "./close-codes.js";
import { Connection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { classify, parse } from "./incoming.js";
import { redact } from "./redaction.js";
import { RequestQueue } from "./request-queue.js";
import { Sequence } from "./sequence.js";
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./avatar-relay.js").ConnectionEvents} ConnectionEvents */
/** @typedef {import("./avatar-relay.js").ConnectionState} ConnectionState */
/** @typedef {import("./protocol.js").Methods} Methods */

const REQUEST_TIMEOUT_MS = 30_000;
/** The close code after a token that is not good, and where none came. */
const DENIED = 4501;
/** How many sessions' numbers are watched at a time: more than the 8 that a connection may hold. */
const MAX_SEQUENCES = 32;

export class SignalingClient {
  /** @type {Emitter<ConnectionEvents>} */
  #events = new Emitter();
  #options;
  #clock;
  #requests;
  /** @type {ConnectionState} */
  #state = "idle";
  /** @type {Connection | undefined} */
  #connection;
  /** @type {Promise<void> | undefined} */
  #connecting;
  #begun = 0;
  #lastId = 0;
  /** @type {Map<string, Sequence>} */
  #sequences = new Map();

  /** @param {import("./avatar-relay.js").ConnectionOptions} options */
  constructor(options) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#requests = new RequestQueue(this.#clock, (method, params) => this.#write(method, params));
  }

  get state() {
    return this.#state;
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
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  /**
   * @template {keyof Methods} Method
   * @param {Method} method
   * @param {Methods[Method]["params"]} params
   * @param {import("./avatar-relay.js").RequestOptions<Methods[Method]["result"]>} [options]
   * @returns {Promise<Methods[Method]["result"]>}
   */
  request(method, params, options = {}) {
    const limit = options.timeoutMs ?? this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      if (this.#state !== "open") reject(notOpen(method, this.#state));
      else this.#requests.add({ method, params, resolve, reject, onResult: options.onResult }, limit);
    });
  }

  async ping() {
    const begun = this.#clock.now();
    await this.request("ping", undefined);
    return this.#clock.now() - begun;
  }

  close() {
    if (this.#state === "closing" || this.#state === "closed") return;
    this.#enter(this.#connection ? "closing" : "closed");
    this.#connection?.close();
  }

  async #connect() {
    if (this.#state !== "idle") {
      throw new SignalingError({ kind: "client.cancelled", message: "It was closed before it was open." });
    }
    this.#begun = this.#clock.now();
    this.#enter("connecting");
    try {
      const { token } = this.#options;
      await this.#open(typeof token === "function" ? await this.#fetch(token) : token);
    } catch (error) {
      if (this.state !== "closed") this.#enter("closed");
      throw error;
    }
    this.#enter("open");
  }

  /** @param {string | undefined} token */
  #open(token) {
    const handlers = {
      received: (/** @type {unknown} */ data) => this.#receive(data),
      closed: (/** @type {number} */ code, /** @type {string} */ reason, /** @type {boolean} */ clean) =>
        this.#closed(code, reason, clean),
    };
    this.#connection = new Connection(this.#options, this.#clock, handlers, token);
    return this.#connection.opened;
  }

  /** @param {() => Promise<string>} token */
  async #fetch(token) {
    /** @type {string} */
    let fetched;
    try {
      fetched = await token();
    } catch (error) {
      throw SignalingError.from(error, "client.connectFailed", "No token could be fetched");
    }
    if (this.state !== "connecting") {
      throw new SignalingError({ kind: "client.cancelled", message: "It was closed before it was open." });
    }
    return fetched;
  }

  /**
   * @param {string} method
   * @param {object | undefined} params
   */
  #write(method, params) {
    this.#lastId += 1;
    const message = { jsonrpc: "2.0", id: this.#lastId, method, params };
    const text = JSON.stringify(message);
    this.#log("sent", message, text);
    this.#connection?.send(text);
    return message.id;
  }

  /** @param {unknown} data */
  #receive(data) {
    const message = parse(data);
    this.#log("received", message, typeof data === "string" ? data : "");
    const incoming = classify(message);
    switch (incoming.kind) {
      case "notification":
        return this.#notified(incoming.method, incoming.params);
      case "answer":
        if (this.#requests.settle(incoming.id, incoming.answer)) return;
        return this.#complain("client.malformedMessage", `The relay answered ${incoming.id}, which was not asked.`);
      case "complaint":
        return this.#events.emit("error", SignalingError.fromObject(incoming.error));
      case "malformed":
        return this.#complain("client.malformedMessage", incoming.why);
    }
  }

  /**
   * @param {string} method
   * @param {any} params
   */
  #notified(method, params) {
    if (typeof params.session === "string" && !this.#inSequence(method, params)) return;
    this.#events.emit("notification", /** @type {any} */ ({ method, params }));
  }

  /**
   * Drops what was seen before, and says so when something was missed.
   * @param {string} method
   * @param {{ session: string, seq: number }} params
   */
  #inSequence(method, { session, seq }) {
    const sequence = this.#sequences.get(session) ?? new Sequence();
    this.#sequences.delete(session);
    if (method !== "session.closed") this.#sequences.set(session, sequence);
    const [oldest] = this.#sequences.keys();
    if (this.#sequences.size > MAX_SEQUENCES && oldest !== undefined) this.#sequences.delete(oldest);
    const last = sequence.last;
    const verdict = sequence.accept(seq);
    if (verdict === "gap") {
      this.#complain("client.sequenceGap", `Notifications ${last + 1} to ${seq - 1} of the session did not come.`);
    }
    return verdict !== "repeated";
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {boolean} clean
   */
  #closed(code, reason, clean) {
    if (this.#state === "closed") return;
    this.#enter("closed");
    this.#requests.failAll((method) => (code === DENIED ? denied(method, reason) : lost(method, code)));
    this.#events.emit("closed", { code, reason, clean, action: actionAfterClose(code) });
  }

  /** @param {ConnectionState} state */
  #enter(state) {
    this.#state = state;
    this.#events.emit("state", { state });
  }

  /**
   * @param {import("./protocol.js").ClientErrorKind} kind
   * @param {string} message
   */
  #complain(kind, message) {
    this.#events.emit("error", new SignalingError({ kind, message }));
  }

  /**
   * @param {"sent" | "received"} direction
   * @param {Record<string, unknown> | undefined} message
   * @param {string} text
   */
  #log(direction, message, text) {
    if (!this.#events.hears("message")) return;
    const bytes = new TextEncoder().encode(text).length;
    this.#events.emit("message", { direction, at: this.#clock.now() - this.#begun, bytes, message: redact(message) });
  }
}

/**
 * @param {string} method
 * @param {ConnectionState} state
 */
function notOpen(method, state) {
  return new SignalingError({ kind: "client.connectionClosed", message: `The connection is ${state}.`, method });
}

/**
 * A request on a connection that was not let in.
 * @param {string} method
 * @param {string} reason
 */
function denied(method, reason) {
  return new SignalingError({ kind: "access.denied", message: `The relay refuses the token (${reason}).`, method });
}

/**
 * A request that was on its way: whether it took effect is not known, so a billed one is never called retryable.
 * @param {string} method
 * @param {number} code
 */
function lost(method, code) {
  const words = `The connection closed with code ${code}`;
  const speak = method === "session.speak";
  return new SignalingError({
    kind: "client.connectionClosed",
    message: speak ? `${words}; whether the text is spoken is not known.` : `${words}.`,
    retryable: !speak && actionAfterClose(code) === "reconnect",
    method,
  });
}
