// Finds out whether a silent connection is dead: asks, waits for any sign of life, and measures the way there and back.

/** How long a connection may be silent before it is asked, in milliseconds. */
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
  #ask;
  #die;
  #cancelTimer = () => {};
  #heardAt = 0;
  /** Whether anything came since it was asked. */
  #isHeard = false;
  /** @type {"stopped" | "listening" | "asked" | "askedAgain"} */
  #state = "stopped";
  /** @type {number | undefined} */
  #roundTripMs;

  /**
   * @param {import("./avatar-relay.js").Clock} clock
   * @param {() => Promise<number>} ask pings, and gives the milliseconds that it took
   * @param {() => void} die called once a connection is found to be dead
   */
  constructor(clock, ask, die) {
    this.#clock = clock;
    this.#ask = ask;
    this.#die = die;
  }

  /** The last measured time there and back, in milliseconds. */
  get roundTripMs() {
    return this.#roundTripMs;
  }

  start() {
    this.heard();
    this.#listen();
  }

  stop() {
    this.#state = "stopped";
    this.#cancelTimer();
  }

  /** Anything that arrives is a sign of life. */
  heard() {
    this.#heardAt = this.#clock.now();
    this.#isHeard = true;
  }

  /** Asks now: the network may have changed under the connection. */
  check() {
    if (this.#state === "listening") this.#question("asked");
  }

  #listen() {
    this.#state = "listening";
    this.#wait(this.#heardAt + QUIET_MS - this.#clock.now(), () => {
      if (this.#clock.now() - this.#heardAt < QUIET_MS) this.#listen();
      else this.#question("asked");
    });
  }

  /** @param {"asked" | "askedAgain"} state */
  #question(state) {
    this.#state = state;
    const begun = this.#clock.now();
    this.#isHeard = false;
    this.#ask().then((took) => {
      if (took <= ANSWER_MS) this.#roundTripMs = took;
    }, () => {});
    this.#wait(ANSWER_MS, () => this.#judge(begun));
  }

  /** @param {number} begun */
  #judge(begun) {
    if (this.#isHeard) return this.#listen();
    const late = this.#clock.now() - begun - ANSWER_MS > LATE_MS;
    // Excused once, so that a page whose timers are always late finds a dead connection too.
    if (late && this.#state === "asked") return this.#question("askedAgain");
    this.stop();
    this.#die();
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
