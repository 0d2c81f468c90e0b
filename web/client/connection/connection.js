// Opens one WebSocket to the relay, says why that failed, and what to do after the code with which it closes.
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("../avatar-relay.js").SocketLike} SocketLike */

export const SUBPROTOCOL = "avatar-relay.v1";
/** What a sub-protocol begins with that brings a token; the relay never selects it. */
const TOKEN_PREFIX = "avatar-relay.token.";
const CONNECT_TIMEOUT_MS = 10_000;

/** The client closes a connection with this when it will make another: "no pong came in time" of docs/protocol.md. */
const WILL_RECONNECT = 4001;

/**
 * @typedef {object} ConnectionHandlers
 * @property {() => void} opened called at once when the relay accepted the connection, before anything is received
 * @property {(data: unknown) => void} received
 * @property {(code: number, reason: string, clean: boolean) => void} closed
 */

export class Connection {
  /** @type {SocketLike | undefined} */
  #socket;
  #stopTimer = () => {};
  /** @type {(error: SignalingError) => void} */
  #fail = () => {};
  /** @type {"opening" | "open" | "failed"} */
  #state = "opening";

  /**
   * @param {import("../avatar-relay.js").ConnectionOptions} options
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {ConnectionHandlers} handlers `closed` is not called for a connection that was never made
   * @param {string | undefined} token
   */
  constructor(options, clock, handlers, token) {
    /** Resolves once the relay accepted the connection. Throws `client.connectFailed` or `client.cancelled`. */
    this.opened = new Promise((/** @type {(value?: undefined) => void} */ resolve, reject) => {
      this.#fail = (error) => this.#leaveOpening("failed") && reject(error);
      this.#open(options, clock, handlers, token, () => {
        if (!this.#leaveOpening("open")) return;
        handlers.opened();
        resolve();
      });
    });
  }

  /** @param {string} text */
  send(text) {
    this.#socket?.send(text);
  }

  close() {
    this.#fail(new SignalingError({ kind: "client.cancelled", message: "It was closed before it was open." }));
    this.#socket?.close(1000);
  }

  /**
   * Lets go of a connection that is thought dead, without waiting for its end; `closed` is not called.
   * @param {string} reason
   */
  abandon(reason) {
    const socket = this.#socket;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close(WILL_RECONNECT, reason);
  }

  /**
   * @param {import("../avatar-relay.js").ConnectionOptions} options
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {ConnectionHandlers} handlers
   * @param {string | undefined} token
   * @param {() => void} succeed
   */
  #open(options, clock, handlers, token, succeed) {
    const { url, connectTimeoutMs = CONNECT_TIMEOUT_MS, WebSocket = globalThis.WebSocket } = options;
    // A browser's own complaint would show the token.
    if (token !== undefined && !/^[\w.-]+$/.test(token)) {
      this.#fail(new SignalingError({ kind: "client.connectFailed", message: "The token is not a JSON Web Token." }));
      return;
    }
    try {
      const protocols = token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, TOKEN_PREFIX + token];
      this.#socket = new WebSocket(absolute(url), protocols);
    } catch (error) {
      this.#fail(SignalingError.from(error, "client.connectFailed", "The browser refused the address"));
      return;
    }
    const socket = this.#socket;
    this.#stopTimer = clock.after(connectTimeoutMs, () => {
      this.#refuse(`No connection to ${shown(url)} within ${connectTimeoutMs} ms.`);
    });
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (socket.protocol === SUBPROTOCOL) succeed();
      else this.#refuse(`The server at ${shown(url)} does not speak ${SUBPROTOCOL}.`);
    };
    socket.onmessage = (event) => handlers.received(event.data);
    socket.onclose = ({ code, reason = "", wasClean }) => {
      if (this.#state === "open") handlers.closed(code, reason, wasClean === true);
      else this.#refuse(`The connection to ${shown(url)} failed before it was open (close code ${code}).`);
    };
  }

  /** @param {string} message */
  #refuse(message) {
    if (this.#state !== "opening") return;
    this.#fail(new SignalingError({ kind: "client.connectFailed", message, retryable: true }));
    this.#socket?.close(1000);
  }

  /** @param {"open" | "failed"} state */
  #leaveOpening(state) {
    if (this.#state !== "opening") return false;
    this.#state = state;
    this.#stopTimer();
    return true;
  }
}

/**
 * A path becomes an address next to the page, since browsers have only lately learnt to do it.
 * @param {string} url
 */
function absolute(url) {
  const base = globalThis.location?.href;
  return base && !/^wss?:/.test(url) ? new URL(url, base).href.replace(/^http/, "ws") : url;
}

/**
 * An address as an error may name it: without what may be secret.
 * @param {string} url
 */
function shown(url) {
  const [address] = absolute(url).split(/[?#]/);
  return address.replace(/\/\/[^/@]*@/, "//");
}

/**
 * 1005 and 1006 no code, 1011 internal error; 1012 and 1013 (IANA): restart, try again later. Ours: 4001 no pong, 4002
 * read too slowly. The sessions live on for their grace time.
 */
const RESUME = new Set([1005, 1006, 1011, 1012, 1013, 4001, 4002]);

/** 1001 and 1011 mean trouble of the server, 4000 that it leaves, 4002 that it was too much: a moment helps. */
const AFTER_A_MOMENT = new Set([1001, 1011, 1012, 1013, 4000, 4002]);
const MOMENT_MS = 1_000;

/** Other connections resumed all sessions of this one. */
export const TAKEN_OVER = 4502;

/**
 * 4000–4499 mean "connect again" and 4500–4999 "do not", known or not.
 * @param {number} code
 * @returns {import("../protocol.js").CloseAction}
 */
export function actionAfterClose(code) {
  if (RESUME.has(code)) return "resume";
  return code === 1001 || (code >= 4000 && code <= 4499) ? "reconnect" : "stop";
}

/**
 * How long to wait before connecting again, in milliseconds, before the spread.
 * @param {number} code
 */
export function pauseAfterClose(code) {
  return AFTER_A_MOMENT.has(code) ? MOMENT_MS : 0;
}

/** How long the question may take, in milliseconds. */
const PATIENCE_MS = 3_000;

/**
 * The error with what was found out; the same error where nothing was. A browser tells a page nothing about a WebSocket
 * that failed, so the relay is asked by HTTP: it answers at its address with 426, and beside it, at `origin`, with 403 to
 * pages of an origin that it refuses.
 * @param {unknown} error
 * @param {import("../avatar-relay.js").ConnectionOptions} options
 * @param {import("../avatar-relay.js").Clock} clock
 */
export async function explained(error, options, clock) {
  // Who hands in a socket of their own may have no network at all.
  const { url, fetch = options.WebSocket ? undefined : globalThis.fetch } = options;
  const isUnexplained = error instanceof SignalingError && error.kind === "client.connectFailed" && error.retryable;
  if (!isUnexplained || !fetch) return error;
  const [message, retryable] = explanation(await answer(fetch, url, clock), shown(url), new URL(absolute(url)).pathname);
  if (!message) return error;
  return new SignalingError({ kind: error.kind, message, retryable, cause: error });
}

/**
 * The status with which the address answers; `silent` where something is there that does not let this page read its
 * answer, `nobody` where nothing is, and undefined where that took too long.
 * @param {NonNullable<import("../avatar-relay.js").ConnectionOptions["fetch"]>} fetch
 * @param {string} url
 * @param {import("../avatar-relay.js").Clock} clock
 * @returns {Promise<number | "silent" | "nobody" | undefined>}
 */
async function answer(fetch, url, clock) {
  const address = absolute(url).replace(/^ws/, "http").replace(/[?#].*/, "");
  const stop = new AbortController();
  /** @type {Promise<undefined>} */
  const late = new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve(undefined)));
  const cancel = clock.after(PATIENCE_MS, () => stop.abort());
  const how = { cache: "no-store", credentials: "omit", signal: stop.signal };
  // A relay that is there may still refuse the page's origin.
  const whetherToConnect = () => fetch(new URL("origin", address).href, how).then(({ status }) => status);
  const asked = fetch(address, how).then(
    ({ status }) => (status === 426 ? whetherToConnect().then((own) => (own === 403 ? own : status), () => status) : status),
    () => fetch(address, { ...how, mode: "no-cors" }).then(() => "silent", () => "nobody"),
  );
  try {
    return await Promise.race([/** @type {any} */ (asked), late]);
  } finally {
    cancel();
  }
}

/**
 * @param {number | "silent" | "nobody" | undefined} status
 * @param {string} url
 * @param {string} path
 * @returns {[message: string | undefined, retryable: boolean]}
 */
function explanation(status, url, path) {
  const own = globalThis.location?.origin;
  switch (status) {
    case undefined:
      return [undefined, true];
    case "nobody":
      return [`Nothing answers at ${url}. Does the relay run, and can this network reach it?`, true];
    case "silent":
      return [`Something answers at ${url}, but does not say why: no relay, another path, or pages of ${own} refused.`, false];
    case 403:
      return [`The relay at ${url} takes no connections from pages of ${own}. Its web.allowed-origins may.`, false];
    case 404:
      return [`The server at ${url} has nothing at ${path}. A relay's own path is /v1/signaling.`, false];
    case 426:
      return [`The relay at ${url} answers, but no WebSocket came about. A proxy in between may not let it pass.`, true];
    default:
      return [`The server at ${url} answered ${status} in place of a WebSocket.`, status >= 500];
  }
}
