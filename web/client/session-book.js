// The sessions of a client: their numbers, their secrets, and how each comes back after the connection was lost.
import { HeldSession } from "./held-session.js";
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./protocol.js").Resumed} Resumed */
/** @typedef {import("./avatar-relay.js").SessionEnd} SessionEnd */

/** How many sessions are watched at a time: more than the 8 that a connection may hold. */
export const MAX_SESSIONS = 32;
/** The pause before a resume is asked for again that was refused for now, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * @typedef {object} BookEffects
 * @property {(params: { session: string, secret: string, lastSeq: number }, then: (result: Resumed) => void) =>
 * Promise<unknown>} ask calls `session.resume`; `then` is called before anything that follows the answer is read
 * @property {(session: string) => void} hold its requests wait
 * @property {(session: string) => void} release its requests go on
 * @property {(session: string) => Promise<void>} settleLast asks for the answers of a session that is over
 * @property {(reason: string, afterMs?: number) => void} drop gives the connection up
 * @property {(session: HeldSession) => void} changed its secret or its number is another
 * @property {(event: import("./avatar-relay.js").ConnectionEvents["resumed"]) => void} resumed
 * @property {(event: SessionEnd) => void} ended
 * @property {(session: string) => void} close asks the relay to end it
 * @property {(error: SignalingError) => void} complain
 */

export class SessionBook {
  #clock;
  #effects;
  /** @type {Map<string, HeldSession>} */
  #sessions = new Map();

  /**
   * @param {import("./avatar-relay.js").Clock} clock
   * @param {BookEffects} effects
   */
  constructor(clock, effects) {
    this.#clock = clock;
    this.#effects = effects;
  }

  /** The ids of the sessions that the connection has and nobody asked to close. */
  get open() {
    return [...this.#sessions.values()].filter(({ secret, closing }) => secret && !closing).map(({ id }) => id);
  }

  /**
   * Whether a session is waited for after the connection was lost.
   * @param {string} id
   */
  comesBack(id) {
    return this.#sessions.get(id)?.resumable ?? false;
  }

  /** @param {import("./protocol.js").OpenedSession} opened */
  opened({ session, secret, limits }) {
    this.#effects.changed(this.#add(new HeldSession(session, secret, limits?.graceMs ?? 0)));
  }

  /**
   * Takes on a session that an earlier page left; it is resumed on the next connection.
   * @param {import("./resume-store.js").Leftover} left
   */
  adopt({ session, secret, lastSeq, graceMs }) {
    const held = this.#add(new HeldSession(session, secret, graceMs));
    held.sequence.jump(lastSeq);
    this.#lose(held);
  }

  /** @param {string} id */
  closing(id) {
    const held = this.#sessions.get(id);
    if (held) held.closing = true;
  }

  /**
   * Whether a notification is to be handed on: not what was seen before, and not what follows a gap that can be filled.
   * @param {string} method
   * @param {{ session: string, seq: number }} params
   */
  accepts(method, { session, seq }) {
    const held = this.#sessions.get(session) ?? this.#add(new HeldSession(session, undefined, 0));
    const { last } = held.sequence;
    const verdict = held.sequence.accept(seq);
    if (verdict === "repeated") return false;
    if (verdict === "gap" && !this.#bears(held, last, seq)) return false;
    if (method === "session.closed") this.#sessions.delete(session);
    this.#effects.changed(held);
    return true;
  }

  /**
   * The connection is gone: each session is over when its grace time ends, unless it comes back before.
   * @param {number} code
   */
  lost(code) {
    for (const held of [...this.#sessions.values()]) {
      held.asked += 1;
      if (held.place.phase === "attached") this.#lose(held, code);
    }
  }

  /** There is a connection: what was lost is asked for. */
  connected() {
    for (const held of this.#sessions.values()) if (held.place.phase === "lost") this.#resume(held);
  }

  /** There will be no connection any more. */
  clear() {
    for (const { place } of this.#sessions.values()) if (place.phase === "lost") place.cancelGrace();
    this.#sessions.clear();
  }

  /** @param {HeldSession} held */
  #add(held) {
    this.#sessions.set(held.id, held);
    const [oldest] = [...this.#sessions.values()].sort((a, b) => Number(a.resumable) - Number(b.resumable));
    if (this.#sessions.size > MAX_SESSIONS) this.#sessions.delete(oldest.id);
    return held;
  }

  /**
   * @param {HeldSession} held
   * @param {number} [closeCode]
   */
  #lose(held, closeCode) {
    const over = () => this.#end(held, { reason: "connectionLost", action: "reconnect", closeCode });
    if (!held.resumable) return over();
    this.#effects.hold(held.id);
    held.place = { phase: "lost", since: this.#clock.now(), cancelGrace: this.#clock.after(held.graceMs, over) };
  }

  /** @param {HeldSession} held */
  async #resume(held) {
    const { id: session, secret = "", sequence } = held;
    held.asked += 1;
    try {
      await this.#effects.ask({ session, secret, lastSeq: sequence.last }, (result) => this.#resumed(held, result));
    } catch (error) {
      this.#refused(held, SignalingError.from(error, "client.malformedMessage", "The answer cannot be used"));
    }
  }

  /**
   * @param {HeldSession} held
   * @param {Resumed} result
   */
  #resumed(held, { secret, replayed, resync }) {
    if (held.place.phase !== "lost" || this.#sessions.get(held.id) !== held) return;
    if (typeof secret !== "string") throw new TypeError("The relay resumed the session without a secret.");
    const { since, cancelGrace } = held.place;
    cancelGrace();
    held.place = { phase: "attached" };
    held.secret = secret;
    if (resync) held.sequence.jump(resync.seq);
    this.#effects.changed(held);
    this.#effects.resumed({ session: held.id, afterMs: this.#clock.now() - since, replayed: replayed ?? 0, resync });
    this.#effects.release(held.id);
  }

  /**
   * @param {HeldSession} held
   * @param {SignalingError} error
   */
  async #refused(held, error) {
    const { kind, retryable, retryAfterMs = AGAIN_MS, end } = error;
    if (held.place.phase !== "lost") return;
    // The next connection asks again.
    if (kind === "client.connectionClosed") return;
    if (kind === "client.timeout") return this.#effects.drop("no answer");
    if (kind === "access.expired" || kind === "server.draining") return this.#effects.drop(kind, retryAfterMs);
    if (retryable) return void this.#clock.after(retryAfterMs, this.#again(held, held.asked));
    if (kind === "session.closed") await this.#effects.settleLast(held.id);
    this.#end(held, end ?? refusal(kind));
  }

  /**
   * @param {HeldSession} held
   * @param {number} asked
   */
  #again(held, asked) {
    return () => {
      if (held.asked === asked && this.#sessions.get(held.id) === held) this.#resume(held);
    };
  }

  /**
   * Whether to go on after a gap. One that a resume can fill is not gone over, but the second time it ends the session.
   * @param {HeldSession} held
   * @param {number} last
   * @param {number} seq
   */
  #bears(held, last, seq) {
    const message = `Notifications ${last + 1} to ${seq - 1} of the session did not come.`;
    this.#effects.complain(new SignalingError({ kind: "client.sequenceGap", message }));
    if (!held.resumable) return true;
    held.sequence.jump(last);
    if (held.gapAfter === last) {
      this.#effects.close(held.id);
      this.#end(held, { reason: "sequenceGap", action: "reconnect" });
    } else {
      held.gapAfter = last;
      this.#effects.drop("gap");
    }
    return false;
  }

  /**
   * @param {HeldSession} held
   * @param {Omit<SessionEnd, "session">} how
   */
  #end(held, { reason, action, afterMs, closeCode }) {
    if (this.#sessions.get(held.id) !== held) return;
    if (held.place.phase === "lost") held.place.cancelGrace();
    this.#sessions.delete(held.id);
    this.#effects.ended({ session: held.id, reason, action, afterMs, closeCode });
  }
}

/**
 * Why a session is over that cannot be resumed, where the relay does not say it. A secret is wrong when another page
 * has a newer one.
 * @param {string} kind
 * @returns {Omit<SessionEnd, "session">}
 */
function refusal(kind) {
  if (kind === "session.secretInvalid") return { reason: "takenOver", action: "stop" };
  if (kind.startsWith("access.")) return { reason: "access", action: "stop" };
  return { reason: "connectionLost", action: "reconnect" };
}
