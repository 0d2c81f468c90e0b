// Sockets whose connection can be cut by hand, to see a session come back.

/** The registry's "no pong came in time" (docs/protocol.md): the sessions of such a connection wait to be resumed. */
const LOST = 4001;

/**
 * The constructor to open sessions with, what cuts the newest of its connections, and what keeps any from being made for
 * so many milliseconds.
 */
export function cuttableSockets() {
  let offlineUntil = 0;
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
      // As a network that is gone: the attempt fails, and nothing was sent.
      if (performance.now() < offlineUntil) this.close();
    }
  }
  const cut = () => newest?.close(LOST, "cut by hand");
  const goOffline = (/** @type {number} */ milliseconds) => {
    offlineUntil = performance.now() + milliseconds;
    cut();
  };
  return { CuttableSocket, cut, goOffline };
}
