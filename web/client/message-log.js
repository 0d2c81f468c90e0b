// Shows every message to whoever listens, with the secrets taken out.
import { redact } from "./redaction.js";

export class MessageLog {
  #clock;
  #events;
  #begun = 0;

  /**
   * @param {import("./avatar-relay.js").Clock} clock
   * @param {import("./emitter.js").Emitter<import("./avatar-relay.js").ConnectionEvents>} events
   */
  constructor(clock, events) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Times are counted from here. */
  begin() {
    this.#begun = this.#clock.now();
  }

  /**
   * @param {"sent" | "received"} direction
   * @param {Record<string, unknown> | undefined} message
   * @param {string} text
   */
  add(direction, message, text) {
    if (!this.#events.hears("message")) return;
    const bytes = new TextEncoder().encode(text).length;
    this.#events.emit("message", { direction, at: this.#clock.now() - this.#begun, bytes, message: redact(message) });
  }
}
