// What becomes of the session that an earlier page left: it goes on where it can, and is ended where it cannot.
import { closeAtRelay } from "./session-closing.js";

/** @typedef {import("./resume-store.js").Leftover} Leftover */
/** @typedef {import("./avatar-relay.js").RecoveredEvent} RecoveredEvent */

/**
 * A peer connection died with its page, and a provider takes one answer only, so such a session is closed, to be opened
 * anew. One whose media goes through a room goes on: the room can be entered again.
 */
export class LeftoverSession {
  #client;
  #left;
  /** @type {(() => void)[]} */
  #stopHearing = [];

  /**
   * Must be made before the client connects.
   * @param {import("./signaling-client.js").SignalingClient} client
   * @param {Leftover} left
   * @param {(left: Leftover) => void} resumed called at once, before any notification of the session comes
   */
  constructor(client, left, resumed) {
    this.#client = client;
    this.#left = left;
    /** @type {Promise<import("./avatar-relay.js").SessionEnd | undefined>} */
    this.settled = new Promise((resolve) => {
      const hears = (/** @type {{ session: string }} */ { session }) => session === left.session;
      this.#stopHearing = [
        client.on("resumed", (event) => hears(event) && (resumed(left), resolve(undefined))),
        client.on("ended", (event) => hears(event) && resolve(event)),
        client.on("closed", () => resolve({ session: left.session, reason: "connectionLost", action: "reconnect" })),
      ];
    });
    client.adopt(left);
  }

  /**
   * Resolves once the session goes on, or is over. Throws where it could not be closed.
   * @returns {Promise<RecoveredEvent>}
   */
  async recover() {
    const ended = await this.settled;
    for (const stop of this.#stopHearing) stop();
    const { session, opened } = this.#left;
    if (ended) return { session, outcome: "gone", reason: ended.reason };
    if (opened?.room) return { session, outcome: "continued", reason: undefined };
    await closeAtRelay(this.#client, session);
    return { session, outcome: "replaced", reason: undefined };
  }
}
