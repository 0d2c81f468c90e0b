// What is known of one session that may have to be resumed.
import { Sequence } from "./sequence.js";

export class HeldSession {
  sequence = new Sequence();
  /**
   * Whether the connection has it; else it is lost, since so many milliseconds of the clock, and over when the grace
   * time ends.
   * @type {{ phase: "attached" } | { phase: "lost", since: number, cancelGrace: () => void }}
   */
  place = { phase: "attached" };
  /** The number before a gap that made it be resumed; the same gap again ends it. */
  gapAfter = -1;
  /** How often it was asked for, or lost: what was begun before is out of date. */
  asked = 0;
  /** Whether it was asked to close. */
  closing = false;

  /**
   * @param {string} id
   * @param {string | undefined} secret undefined where another client opened it
   * @param {number} graceMs
   */
  constructor(id, secret, graceMs) {
    this.id = id;
    this.secret = secret;
    this.graceMs = graceMs;
  }

  get resumable() {
    return this.secret !== undefined && this.graceMs > 0;
  }
}
