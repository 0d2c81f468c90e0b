// One WebSocket from its opening to its end.
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./avatar-relay.js").SocketLike} SocketLike */

export const SUBPROTOCOL = "avatar-relay.v1";
/** What a sub-protocol begins with that brings a token; the relay never selects it. */
const TOKEN_PREFIX = "avatar-relay.token.";
const CONNECT_TIMEOUT_MS = 10_000;

/** The client closes with this what it will come back from: "no pong came in time" of docs/protocol.md. */
const COMING_BACK = 4001;

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
   * @param {import("./avatar-relay.js").ConnectionOptions} options
   * @param {import("./avatar-relay.js").Clock} clock
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
    socket.close(COMING_BACK, reason);
  }

  /**
   * @param {import("./avatar-relay.js").ConnectionOptions} options
   * @param {import("./avatar-relay.js").Clock} clock
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
      this.#refuse(`No connection within ${connectTimeoutMs} ms.`);
    });
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (socket.protocol === SUBPROTOCOL) succeed();
      else this.#refuse(`The server does not speak ${SUBPROTOCOL}.`);
    };
    socket.onmessage = (event) => handlers.received(event.data);
    socket.onclose = ({ code, reason = "", wasClean }) => {
      if (this.#state === "open") handlers.closed(code, reason, wasClean === true);
      else this.#refuse(`The connection failed before it was open (close code ${code}).`);
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
