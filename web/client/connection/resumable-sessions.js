// Keeps the sessions of a client: secrets, sequence numbers, and how each comes back after a lost connection.
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("../protocol.js").Resumed} Resumed */
/** @typedef {import("../avatar-relay.js").SessionEnd} SessionEnd */

/** How many sessions are watched at a time: more than the 8 that a connection may hold. */
const MAX_SESSIONS = 32;
/** The pause before a resume is asked for again that was refused for now, in milliseconds. */
const RETRY_MS = 1_000;

/**
 * @typedef {object} StoredSession what a page that is loaded again needs of the session that an earlier page left
 * @property {string} session
 * @property {string} secret
 * @property {number} lastSeq
 * @property {number} graceMs
 * @property {number} nextId the first id of a request that the session has not seen
 * @property {import("../protocol.js").SessionState} state
 * @property {import("../protocol.js").OpenedSession | undefined} opened only where media goes through a room
 */

/**
 * @typedef {object} Effects
 * @property {(params: { session: string, secret: string, lastSeq: number }, then: (result: Resumed) => void) =>
 * Promise<unknown>} resume calls `session.resume`; `then` is called before anything that follows the response is read
 * @property {(session: string) => void} holdRequests
 * @property {(session: string) => void} releaseRequests
 * @property {(session: string) => Promise<void>} resendRequests asks for the responses about a session that is over
 * @property {(reason: string, afterMs?: number) => void} dropConnection
 * @property {(session: ResumableSession) => void} changed its secret or its sequence number is another
 * @property {(event: import("../avatar-relay.js").ConnectionEvents["resumed"]) => void} resumed
 * @property {(event: SessionEnd) => void} ended
 * @property {(session: string) => void} close asks the relay to end it
 * @property {(error: SignalingError) => void} reportError
 */

export class ResumableSessions {
  #clock;
  #effects;
  /** @type {Map<string, ResumableSession>} */
  #sessions = new Map();

  /**
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {Effects} effects
   */
  constructor(clock, effects) {
    this.#clock = clock;
    this.#effects = effects;
  }

  /** The ids of the sessions that this client opened and did not ask to close. */
  get open() {
    return [...this.#sessions.values()].filter(({ secret, isClosing }) => secret && !isClosing).map(({ id }) => id);
  }

  /**
   * Whether a session may come back after the connection was lost.
   * @param {string} id
   */
  mayComeBack(id) {
    return this.#sessions.get(id)?.isResumable ?? false;
  }

  /** @param {import("../protocol.js").OpenedSession} opened */
  opened({ session, secret, limits }) {
    this.#effects.changed(this.#add(new ResumableSession(session, secret, limits?.graceMs ?? 0)));
  }

  /**
   * Takes on a session that an earlier page left; it is resumed on the next connection.
   * @param {StoredSession} stored
   */
  adopt({ session, secret, lastSeq, graceMs }) {
    const adopted = this.#add(new ResumableSession(session, secret, graceMs));
    adopted.lastSeq = lastSeq;
    this.#lose(adopted);
  }

  /**
   * The relay is asked to close a session.
   * @param {string} id
   */
  closing(id) {
    const session = this.#sessions.get(id);
    if (session) session.isClosing = true;
  }

  /**
   * Whether a notification is passed on: not what was seen before, and not what follows a gap that can be filled.
   * @param {string} method
   * @param {{ session: string, seq: number }} params
   */
  accepts(method, { session: id, seq }) {
    const session = this.#sessions.get(id) ?? this.#add(new ResumableSession(id, undefined, 0));
    const { lastSeq } = session;
    if (seq <= lastSeq) return false;
    session.lastSeq = seq;
    if (seq > lastSeq + 1 && !this.#toleratesGap(session, lastSeq)) return false;
    if (method === "session.closed") this.#sessions.delete(id);
    this.#effects.changed(session);
    return true;
  }

  /**
   * The connection is gone: each session is over when its grace time ends, unless it comes back before.
   * @param {number} code
   */
  connectionLost(code) {
    for (const session of [...this.#sessions.values()]) {
      session.attempt += 1;
      if (session.link.phase === "attached") this.#lose(session, code);
    }
  }

  /** There is a connection: what was lost is resumed. */
  connectionOpened() {
    for (const session of this.#sessions.values()) if (session.link.phase === "lost") this.#resume(session);
  }

  /** There will be no connection any more. */
  clear() {
    for (const { link } of this.#sessions.values()) if (link.phase === "lost") link.cancelGrace();
    this.#sessions.clear();
  }

  /** @param {ResumableSession} session */
  #add(session) {
    this.#sessions.set(session.id, session);
    const [oldest] = [...this.#sessions.values()].sort((a, b) => Number(a.isResumable) - Number(b.isResumable));
    if (this.#sessions.size > MAX_SESSIONS) this.#sessions.delete(oldest.id);
    return session;
  }

  /**
   * @param {ResumableSession} session
   * @param {number} [closeCode]
   */
  #lose(session, closeCode) {
    const over = () => this.#end(session, { reason: "connectionLost", action: "reconnect", closeCode });
    if (!session.isResumable) return over();
    this.#effects.holdRequests(session.id);
    const cancelGrace = this.#clock.after(session.graceMs, over);
    session.link = { phase: "lost", since: this.#clock.now(), cancelGrace };
  }

  /** @param {ResumableSession} session */
  async #resume(session) {
    const { id, secret = "", lastSeq } = session;
    session.attempt += 1;
    try {
      await this.#effects.resume({ session: id, secret, lastSeq }, (result) => this.#resumed(session, result));
    } catch (error) {
      this.#refused(session, SignalingError.from(error, "client.malformedMessage", "The answer cannot be used"));
    }
  }

  /**
   * @param {ResumableSession} session
   * @param {Resumed} result
   */
  #resumed(session, { secret, replayed, resync }) {
    const { id, link } = session;
    if (link.phase !== "lost" || this.#sessions.get(id) !== session) return;
    if (typeof secret !== "string") throw new TypeError("The relay resumed the session without a secret.");
    link.cancelGrace();
    session.link = { phase: "attached" };
    session.secret = secret;
    if (resync) session.lastSeq = resync.seq;
    this.#effects.changed(session);
    const afterMs = this.#clock.now() - link.since;
    this.#effects.resumed({ session: id, afterMs, replayed: replayed ?? 0, resync });
    this.#effects.releaseRequests(id);
  }

  /**
   * @param {ResumableSession} session
   * @param {SignalingError} error
   */
  async #refused(session, error) {
    const { kind, retryable, retryAfterMs = RETRY_MS, end } = error;
    if (session.link.phase !== "lost") return;
    // The next connection resumes it.
    if (kind === "client.connectionClosed") return;
    if (kind === "client.timeout") return this.#effects.dropConnection("no answer");
    if (kind === "access.expired" || kind === "server.draining") {
      return this.#effects.dropConnection(kind, retryAfterMs);
    }
    if (retryable) return void this.#clock.after(retryAfterMs, this.#retry(session, session.attempt));
    if (kind === "session.closed") await this.#effects.resendRequests(session.id);
    this.#end(session, end ?? endAfterRefusal(kind));
  }

  /**
   * @param {ResumableSession} session
   * @param {number} attempt
   */
  #retry(session, attempt) {
    return () => {
      if (session.attempt === attempt && this.#sessions.get(session.id) === session) this.#resume(session);
    };
  }

  /**
   * Whether to go on after a gap. One that a resume can fill is not skipped, but the second time it ends the session.
   * @param {ResumableSession} session
   * @param {number} lastSeq the number before the gap
   */
  #toleratesGap(session, lastSeq) {
    const message = `Notifications ${lastSeq + 1} to ${session.lastSeq - 1} of the session did not come.`;
    this.#effects.reportError(new SignalingError({ kind: "client.sequenceGap", message }));
    if (!session.isResumable) return true;
    session.lastSeq = lastSeq;
    if (session.gapAfter === lastSeq) {
      this.#effects.close(session.id);
      this.#end(session, { reason: "sequenceGap", action: "reconnect" });
    } else {
      session.gapAfter = lastSeq;
      this.#effects.dropConnection("gap");
    }
    return false;
  }

  /**
   * @param {ResumableSession} session
   * @param {Omit<SessionEnd, "session">} how
   */
  #end(session, { reason, action, afterMs, closeCode }) {
    if (this.#sessions.get(session.id) !== session) return;
    if (session.link.phase === "lost") session.link.cancelGrace();
    this.#sessions.delete(session.id);
    this.#effects.ended({ session: session.id, reason, action, afterMs, closeCode });
  }
}

/** What is known of one session that may have to be resumed. */
export class ResumableSession {
  /** The highest sequence number of a notification that came. */
  lastSeq = 0;
  /** The sequence number before a gap for which it was resumed; the same gap again ends it. */
  gapAfter = -1;
  /** Counts resumes and lost connections, so that a retry knows whether it is out of date. */
  attempt = 0;
  /** Whether the relay was asked to close it. */
  isClosing = false;
  /**
   * Whether the connection has it; else it is lost, since so many milliseconds of the clock, and over when the grace
   * time ends.
   * @type {{ phase: "attached" } | { phase: "lost", since: number, cancelGrace: () => void }}
   */
  link = { phase: "attached" };

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

  get isResumable() {
    return this.secret !== undefined && this.graceMs > 0;
  }
}

/**
 * Why a session is over that cannot be resumed, where the relay does not say it. A secret is wrong when another page
 * has a newer one.
 * @param {string} kind
 * @returns {Omit<SessionEnd, "session">}
 */
function endAfterRefusal(kind) {
  if (kind === "session.secretInvalid") return { reason: "takenOver", action: "stop" };
  if (kind.startsWith("access.")) return { reason: "access", action: "stop" };
  return { reason: "connectionLost", action: "reconnect" };
}
