// Opens one connection after another, so that whoever uses it sees a single one with interruptions.
import { Connection, actionAfterClose, explained, pauseAfterClose } from "./connection.js";
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("../avatar-relay.js").ConnectionState} ConnectionState */
/** @typedef {import("../avatar-relay.js").ConnectionClosed} ConnectionClosed */

/** How long a connection must have lasted for the pauses to start small again, in milliseconds. */
const STABLE_MS = 5_000;
/** How long a lost connection is tried again, in milliseconds, where no option says so. */
const RECONNECT_FOR_MS = 300_000;
/** The widest pause before the first attempt, in milliseconds; every failed attempt doubles it. */
const WIDEST_FIRST_PAUSE_MS = 250;
/** No pause is wider than this, in milliseconds. */
const WIDEST_PAUSE_MS = 10_000;

/**
 * @typedef {object} Handlers
 * @property {() => void} opened also after an interruption
 * @property {(data: unknown) => void} received
 * @property {(ending: ConnectionClosed) => void} lost it is tried again
 * @property {(ending: ConnectionClosed) => void} ended it was open once, and never will be again
 * @property {(event: import("../avatar-relay.js").ConnectionEvents["state"]) => void} state
 * @property {() => void} awake
 */

export class ReconnectingConnection {
  #options;
  #clock;
  #token;
  #handlers;
  #backoff;
  /** @type {ConnectionState} */
  #state = "idle";
  /** @type {Connection | undefined} */
  #connection;
  #openedAt = 0;
  #lostAt = 0;
  /** @type {ConnectionClosed} how the last connection ended */
  #lastEnding = closedByClient;
  /** @type {(() => void) | undefined} set while a pause is waited out */
  #cancelPause;
  #stopWatching = () => {};

  /**
   * @param {import("../avatar-relay.js").ConnectionOptions} options
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {import("./token-renewal.js").TokenRenewal} token
   * @param {Handlers} handlers
   */
  constructor(options, clock, token, handlers) {
    this.#options = options;
    this.#clock = clock;
    this.#token = token;
    this.#handlers = handlers;
    this.#backoff = new Backoff(options.random ?? Math.random);
  }

  get state() {
    return this.#state;
  }

  /** The first connection: where it fails it is over. Throws `client.connectFailed` or `client.cancelled`. */
  async connect() {
    if (this.#state !== "idle") throw cancelled();
    this.#enter("connecting");
    try {
      await this.#open();
    } catch (error) {
      if (this.state !== "closed") this.#enter("closed");
      throw await explained(error, this.#options, this.#clock);
    }
    const { page = ownPage() } = this.#options;
    if (this.state !== "closed") this.#stopWatching = watchPage(page, () => this.#wake());
  }

  /** @param {string} text */
  send(text) {
    this.#connection?.send(text);
  }

  /**
   * Gives a connection up that is of no use any more, and tries again.
   * @param {string} reason
   * @param {number} [afterMs] the shortest pause before that
   */
  drop(reason, afterMs = 0) {
    if (this.#state !== "open") return;
    this.#connection?.abandon(reason);
    this.#closed({ code: 1006, reason, clean: false, action: "resume", afterMs });
  }

  close() {
    if (this.#state === "closing" || this.#state === "closed") return;
    if (this.#state === "resuming" && !this.#connection) return this.#end(closedByClient);
    this.#enter(this.#connection ? "closing" : "closed");
    this.#connection?.close();
  }

  /** Resolves once a connection is open; `opened` was called before that. */
  async #open() {
    const token = this.#token.forConnection();
    const value = token instanceof Promise ? await token : token;
    if (this.#state !== "connecting" && this.#state !== "resuming") throw cancelled();
    const handlers = {
      opened: () => this.#opened(),
      received: this.#handlers.received,
      closed: (/** @type {number} */ code, /** @type {string} */ reason, /** @type {boolean} */ clean) =>
        this.#closed({ code, reason, clean, action: actionAfterClose(code), afterMs: pauseAfterClose(code) }),
    };
    this.#connection = new Connection(this.#options, this.#clock, handlers, value);
    await this.#connection.opened;
  }

  #opened() {
    this.#openedAt = this.#clock.now();
    this.#enter("open");
    this.#handlers.opened();
  }

  /** @param {ConnectionClosed} ending */
  #closed(ending) {
    if (this.#state === "closed") return;
    const goesOn = this.#state === "open" && ending.action !== "stop" && this.#options.reconnect !== false;
    if (goesOn) this.#lose(ending);
    else this.#end(ending);
  }

  /** @param {ConnectionClosed} ending */
  #lose(ending) {
    this.#lostAt = this.#clock.now();
    if (this.#lostAt - this.#openedAt >= STABLE_MS) this.#backoff.reset();
    this.#lastEnding = ending;
    this.#connection = undefined;
    this.#token.stop();
    this.#state = "resuming";
    this.#handlers.lost(ending);
    this.#pause(ending.afterMs);
  }

  /** @param {number} [afterMs] */
  #pause(afterMs) {
    if (this.#state !== "resuming") return;
    const nextInMs = this.#backoff.next(afterMs);
    const { reconnectForMs = RECONNECT_FOR_MS } = this.#options;
    if (this.#clock.now() + nextInMs - this.#lostAt > reconnectForMs) return this.#end(this.#lastEnding);
    this.#cancelPause = this.#clock.after(nextInMs, () => this.#attempt());
    this.#enter("resuming", nextInMs);
  }

  async #attempt() {
    this.#cancelPause = undefined;
    this.#enter("resuming", 0);
    try {
      await this.#open();
    } catch (error) {
      this.#connection = undefined;
      this.#token.stop();
      if (this.state === "closing") this.#end(closedByClient);
      else this.#pause();
    }
  }

  #wake() {
    if (this.#state === "open") this.#handlers.awake();
    if (!this.#cancelPause) return;
    this.#cancelPause();
    this.#attempt();
  }

  /** @param {ConnectionClosed} ending */
  #end(ending) {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    this.#connection = undefined;
    this.#stopWatching();
    this.#token.stop();
    this.#enter("closed");
    this.#handlers.ended(ending);
  }

  /**
   * @param {ConnectionState} state
   * @param {number} nextInMs
   */
  #enter(state, nextInMs = 0) {
    this.#state = state;
    const event = state === "resuming" ? { state, attempt: this.#backoff.attempts, nextInMs } : { state };
    this.#handlers.state(event);
  }
}

/** @type {Readonly<ConnectionClosed>} */
const closedByClient = { code: 1000, reason: "", clean: true, action: "stop", afterMs: 0 };

function cancelled() {
  return new SignalingError({ kind: "client.cancelled", message: "It was closed before it was open." });
}

/**
 * "Full jitter": `random between 0 and min(cap, base * 2 ** attempt)`, which clears a crowd that lost its server at one
 * moment with the fewest calls (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, March 2015).
 */
class Backoff {
  #random;
  #attempts = 0;

  /** @param {() => number} random from 0 up to, and not including, 1 */
  constructor(random) {
    this.#random = random;
  }

  /** How many pauses were given since the last success. */
  get attempts() {
    return this.#attempts;
  }

  /**
   * The next pause in milliseconds.
   * @param {number} [atLeastMs] what the server asked for; the spread comes on top of it
   */
  next(atLeastMs = 0) {
    const widest = Math.min(WIDEST_PAUSE_MS, WIDEST_FIRST_PAUSE_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    return Math.round(atLeastMs + this.#random() * widest);
  }

  reset() {
    this.#attempts = 0;
  }
}

/**
 * What is listened to where nothing was handed in: the window, or a worker's own scope; null where there are no events,
 * as in React Native and in Node.
 * @returns {import("../avatar-relay.js").PageLike | null}
 */
export function ownPage() {
  const scope = globalThis.window ?? globalThis;
  return typeof scope.addEventListener === "function" ? scope : null;
}

/**
 * Calls back when the browser is online again, and when the page is shown. Returns a function that stops listening.
 * @param {import("../avatar-relay.js").PageLike | null} page
 * @param {() => void} wake
 */
function watchPage(page, wake) {
  const shown = () => page?.document?.visibilityState !== "hidden" && wake();
  page?.addEventListener("online", wake);
  // It bubbles from the document to the window (HTML, "update the visibility state").
  page?.addEventListener("visibilitychange", shown);
  page?.addEventListener("pageshow", wake);
  return () => {
    page?.removeEventListener("online", wake);
    page?.removeEventListener("visibilitychange", shown);
    page?.removeEventListener("pageshow", wake);
  };
}
