// Fetches the access token for each connection, and a newer one before it expires.
import { SignalingError } from "./signaling-error.js";

/** How long before its end a token is renewed: a tenth of what is left, within these bounds, in milliseconds. */
const MIN_AHEAD_MS = 5_000;
const MAX_AHEAD_MS = 60_000;
/** The pause before another try after a renewal failed, in milliseconds. */
export const RETRY_MS = 5_000;
/** How long a token may take to be fetched, in milliseconds. */
export const FETCH_TIMEOUT_MS = 10_000;
/** The longest timer that browsers keep (HTML: a signed 32-bit number of milliseconds). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class TokenRenewal {
  #token;
  #clock;
  #authorize;
  #failed;
  #cancelTimer = () => {};
  /** @type {Promise<void> | undefined} */
  #renewing;

  /**
   * @param {string | (() => Promise<string>) | undefined} token
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {(token: string) => Promise<unknown>} authorize shows a token on the connection that is open
   * @param {(error: SignalingError) => void} failed hears of a renewal that failed and will be tried again
   */
  constructor(token, clock, authorize, failed) {
    this.#token = token;
    this.#clock = clock;
    this.#authorize = authorize;
    this.#failed = failed;
  }

  /** Whether there is a way to get a newer one. */
  get renewable() {
    return typeof this.#token === "function";
  }

  /**
   * The token for a connection that is about to be made; not a promise where none has to be waited for.
   * Throws `client.connectFailed`.
   */
  forConnection() {
    return typeof this.#token === "function" ? this.#fetch(this.#token) : this.#token;
  }

  /**
   * The relay accepted a newer one that the page showed by itself: the next connection brings it.
   * @param {string} token
   */
  accepted(token) {
    if (!this.renewable) this.#token = token;
  }

  /** Fetches a newer one and shows it; calls meanwhile join in. */
  renew() {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  /** The connection is gone: the next one brings a token of its own. */
  stop() {
    this.#cancelTimer();
  }

  async #renew() {
    if (typeof this.#token !== "function") return;
    try {
      await this.#authorize(await this.#fetch(this.#token));
    } catch (error) {
      const fault = SignalingError.from(error, "client.connectFailed", "The token could not be renewed");
      // What was refused by name would be refused again; the relay says when it is over.
      if (fault.kind !== "access.denied") this.#later(RETRY_MS);
      throw fault;
    }
  }

  /** @param {() => Promise<string>} token */
  async #fetch(token) {
    let cancel = () => {};
    /** @type {Promise<never>} */
    const late = new Promise((_, reject) => {
      cancel = this.#clock.after(FETCH_TIMEOUT_MS, () => reject(new Error(`not within ${FETCH_TIMEOUT_MS} ms`)));
    });
    try {
      const fetched = await Promise.race([token(), late]);
      this.#watch(fetched);
      return fetched;
    } catch (error) {
      throw SignalingError.from(error, "client.connectFailed", "No token could be fetched");
    } finally {
      cancel();
    }
  }

  /** @param {string} token */
  #watch(token) {
    const expires = expiry(token);
    if (expires === undefined) return this.#cancelTimer();
    const left = expires - this.#clock.wallTime();
    const ahead = Math.min(MAX_AHEAD_MS, Math.max(MIN_AHEAD_MS, left / 10));
    // One that is over already, or by this machine's wrong clock, is not asked for in a loop.
    this.#later(Math.max(RETRY_MS, left - ahead));
  }

  /** @param {number} milliseconds */
  #later(milliseconds) {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(Math.min(milliseconds, LONGEST_TIMER_MS), () => {
      this.renew().catch((error) => this.#failed(error));
    });
  }
}

/**
 * When a JSON Web Token says that it expires, in milliseconds since 1970 (RFC 7519 section 4.1.4); undefined if it does
 * not say. It is not verified here: the relay does that.
 * @param {string} token
 * @returns {number | undefined}
 */
function expiry(token) {
  try {
    const [, claims = ""] = token.split(".");
    const { exp } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
