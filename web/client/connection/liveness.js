// Finds out whether a silent connection is dead: pings, waits for any sign of life, and measures the round trip.

/** How long a connection may be silent before it is pinged, in milliseconds. */
export const QUIET_MS = 15_000;
/** How long the answer may take, in milliseconds. */
export const ANSWER_MS = 10_000;
/**
 * A timer that fires so much later than it was due tells that the page was frozen or throttled (browsers wake a hidden
 * page's timers once a minute), and then the answer may lie in the queue behind it.
 */
export const LATE_MS = 1_000;

export class Liveness {
  #clock;
  #ping;
  #declareDead;
  #cancelTimer = () => {};
  #lastReceivedAt = 0;
  /** Whether anything came since the last ping. */
  #hasReceived = false;
  /** @type {"stopped" | "listening" | "pinged" | "pingedAgain"} */
  #state = "stopped";
  /** @type {number | undefined} */
  #roundTripMs;

  /**
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {() => Promise<number>} ping gives the milliseconds that it took
   * @param {() => void} declareDead called once a connection is found to be dead
   */
  constructor(clock, ping, declareDead) {
    this.#clock = clock;
    this.#ping = ping;
    this.#declareDead = declareDead;
  }

  /** The last measured round trip, in milliseconds. */
  get roundTripMs() {
    return this.#roundTripMs;
  }

  start() {
    this.received();
    this.#listen();
  }

  stop() {
    this.#state = "stopped";
    this.#cancelTimer();
  }

  /** Anything that arrives is a sign of life. */
  received() {
    this.#lastReceivedAt = this.#clock.now();
    this.#hasReceived = true;
  }

  /** Pings now: the network may have changed under the connection. */
  check() {
    if (this.#state === "listening") this.#sendPing("pinged");
  }

  #listen() {
    this.#state = "listening";
    this.#wait(this.#lastReceivedAt + QUIET_MS - this.#clock.now(), () => {
      if (this.#clock.now() - this.#lastReceivedAt < QUIET_MS) this.#listen();
      else this.#sendPing("pinged");
    });
  }

  /** @param {"pinged" | "pingedAgain"} state */
  #sendPing(state) {
    this.#state = state;
    const begun = this.#clock.now();
    this.#hasReceived = false;
    this.#ping().then((took) => {
      if (took <= ANSWER_MS) this.#roundTripMs = took;
    }, () => {});
    this.#wait(ANSWER_MS, () => this.#judge(begun));
  }

  /** @param {number} begun */
  #judge(begun) {
    if (this.#hasReceived) return this.#listen();
    const late = this.#clock.now() - begun - ANSWER_MS > LATE_MS;
    // Excused once, so that a page whose timers are always late finds a dead connection too.
    if (late && this.#state === "pinged") return this.#sendPing("pingedAgain");
    this.stop();
    this.#declareDead();
  }

  /**
   * @param {number} milliseconds
   * @param {() => void} callback
   */
  #wait(milliseconds, callback) {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(Math.max(0, milliseconds), callback);
  }
}
