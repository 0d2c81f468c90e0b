// A WebSocket without a network: the test plays the relay.

/** @typedef {import("../../client/avatar-relay.js").SocketLike} SocketLike */

/** @implements {SocketLike} */
export class FakeSocket {
  protocol = "";
  binaryType = "blob";
  /** @type {((event: any) => void) | null} */
  onopen = null;
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  /** @type {((event: any) => void) | null} */
  onerror = null;
  /** @type {any[]} what the client sent, parsed */
  sent = [];
  /** @type {number | undefined} the code that the client closed with */
  closedWith;
  #closed = false;

  /**
   * @param {string} url
   * @param {string[]} protocols
   */
  constructor(url, protocols) {
    this.url = url;
    this.protocols = protocols;
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  /** @param {number} [code] */
  close(code = 1005) {
    if (this.closedWith === undefined) this.closedWith = code;
    queueMicrotask(() => this.drop(code, true));
  }

  /** The handshake succeeds. */
  accept(protocol = "avatar-relay.v1") {
    this.protocol = protocol;
    this.onopen?.({});
  }

  /** @param {object} message */
  deliver(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** @param {unknown} data */
  deliverRaw(data) {
    this.onmessage?.({ data });
  }

  /**
   * The connection ends.
   * @param {number} code
   */
  drop(code, wasClean = false, reason = "") {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.({ code, reason, wasClean });
  }

  /**
   * The last request of a method.
   * @param {string} method
   */
  request(method) {
    return this.sent.filter((message) => message.method === method).at(-1);
  }

  /**
   * Answers the last request of a method.
   * @param {string} method
   * @param {object} result
   */
  answer(method, result = {}) {
    this.deliver({ jsonrpc: "2.0", id: this.request(method).id, result });
  }

  /**
   * @param {string} method
   * @param {object} error
   */
  refuse(method, error) {
    this.deliver({ jsonrpc: "2.0", id: this.request(method).id, error });
  }

  /**
   * @param {string} method
   * @param {object} params
   */
  notify(method, params) {
    this.deliver({ jsonrpc: "2.0", method, params });
  }
}

/** A constructor to inject, and the sockets that were made with it. */
export function socketFactory() {
  /** @type {FakeSocket[]} */
  const sockets = [];
  class Socket extends FakeSocket {
    /**
     * @param {string} url
     * @param {string[]} protocols
     */
    constructor(url, protocols) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  return { WebSocket: Socket, sockets };
}
