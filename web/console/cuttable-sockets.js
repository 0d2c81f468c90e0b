// Sockets whose connection can be cut by hand, to see a session come back.

/** The registry's "no pong came in time" (docs/protocol.md): the sessions of such a connection wait to be resumed. */
const LOST = 4001;

/** The constructor to open sessions with, and what cuts the newest of its connections. */
export function cuttableSockets() {
  /** @type {WebSocket | undefined} */
  let newest;
  class CuttableSocket extends WebSocket {
    /**
     * @param {string} url
     * @param {string[]} protocols
     */
    constructor(url, protocols) {
      super(url, protocols);
      newest = this;
    }
  }
  return { CuttableSocket, cut: () => newest?.close(LOST, "cut by hand") };
}
