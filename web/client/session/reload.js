// Brings a session through a reload of its page: stores what the next page needs, resumes or closes what one left.
import { parse } from "../connection/messages.js";
import { SignalingError } from "../connection/signaling-error.js";
import { closeAtRelay } from "./lifecycle.js";

/** @typedef {import("../connection/resumable-sessions.js").StoredSession} StoredSession */

/** The layout of what is stored; what another version of this client left is not read. */
const LAYOUT = 1;
/** Ids are set aside in blocks, so that not every request has to write. */
const ID_BLOCK = 64;

export class ResumeStore {
  #storage;
  #key;
  #url;
  #reportError;
  /** @type {StoredSession | undefined} */
  #record;
  #nextUnreservedId = 0;
  #isRefused = false;

  /**
   * @param {() => import("../avatar-relay.js").StorageLike} storage looked up for each use, which a browser may forbid
   * @param {string} key
   * @param {string} url of the relay; what was left for another is not read
   * @param {(error: SignalingError) => void} reportError
   */
  constructor(storage, key, url, reportError) {
    this.#storage = storage;
    this.#key = key;
    this.#url = url;
    this.#reportError = reportError;
  }

  /**
   * What an earlier page left; undefined if nothing that can be used.
   * @returns {StoredSession | undefined}
   */
  read() {
    const stored = parse(this.#use(() => this.#storage().getItem(this.#key)));
    if (stored?.layout !== LAYOUT || stored.url !== this.#url || !isStoredSession(stored.left)) return undefined;
    this.#record = stored.left;
    this.#nextUnreservedId = stored.left.nextId;
    return stored.left;
  }

  /**
   * A session has another secret or sequence number, or is a new one.
   * @param {import("../connection/resumable-sessions.js").ResumableSession} session
   */
  changed({ id, secret, graceMs, lastSeq, isResumable }) {
    if (!isResumable || secret === undefined) return;
    const known = this.#record?.session === id ? this.#record : undefined;
    const { state = "offered", opened } = known ?? {};
    const nextId = this.#nextUnreservedId;
    this.#record = { session: id, secret, lastSeq, graceMs, nextId, state, opened };
    this.#write();
  }

  /** @param {import("../protocol.js").OpenedSession} opened */
  opened(opened) {
    if (this.#record?.session !== opened.session || !opened.room) return;
    // The secret is stored once, where it changes.
    this.#record = { ...this.#record, opened: { ...opened, secret: "" } };
    this.#write();
  }

  /** @param {import("../protocol.js").SessionState} state */
  entered(state) {
    if (!this.#record) return;
    this.#record.state = state;
    this.#write();
  }

  /**
   * An id is about to be used.
   * @param {number} id
   */
  used(id) {
    if (id < this.#nextUnreservedId) return;
    this.#nextUnreservedId = id + ID_BLOCK;
    if (!this.#record) return;
    this.#record.nextId = this.#nextUnreservedId;
    this.#write();
  }

  /** Nothing is left to come back to. */
  forget() {
    this.#record = undefined;
    this.#use(() => this.#storage().removeItem(this.#key));
  }

  #write() {
    const stored = { layout: LAYOUT, url: this.#url, left: this.#record };
    this.#use(() => this.#storage().setItem(this.#key, JSON.stringify(stored)));
  }

  /**
   * Storage may be full or forbidden; the session goes on without.
   * @template Result
   * @param {() => Result} use
   */
  #use(use) {
    if (this.#isRefused) return undefined;
    try {
      return use();
    } catch (error) {
      this.#isRefused = true;
      this.#reportError(SignalingError.from(error, "client.storageFailed", "The session cannot outlive a reload"));
      return undefined;
    }
  }
}

/**
 * @param {import("../avatar-relay.js").SessionOptions} options
 * @param {(error: SignalingError) => void} reportError
 */
export function storeFor({ url = "", provider, avatar = "", resumeAcrossReloads, storage }, reportError) {
  const key = typeof resumeAcrossReloads === "string" ? resumeAcrossReloads : `avatar-relay ${provider} ${avatar}`;
  return new ResumeStore(() => storage ?? globalThis.sessionStorage, key, url, reportError);
}

/** @param {any} value */
function isStoredSession(value) {
  const numbers = [value?.lastSeq, value?.graceMs, value?.nextId];
  return typeof value?.session === "string" && typeof value.secret === "string" && numbers.every(Number.isSafeInteger);
}

/**
 * Resumes the session that an earlier page left, to go on with it or to close it. A peer connection died with its page,
 * and a provider takes one answer only, so such a session is closed, to be opened anew. One whose media goes through a
 * room goes on: the room can be entered again.
 */
export class SessionRecovery {
  #client;
  #stored;
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {Promise<import("../avatar-relay.js").SessionEnd | undefined>} undefined once it was resumed */
  #ended;

  /**
   * Must be made before the client connects.
   * @param {import("../connection/signaling-client.js").SignalingClient} client
   * @param {StoredSession} stored
   * @param {(stored: StoredSession) => void} resumed called at once, before any notification of the session comes
   */
  constructor(client, stored, resumed) {
    this.#client = client;
    this.#stored = stored;
    this.#ended = new Promise((resolve) => {
      const isIt = (/** @type {{ session: string }} */ { session }) => session === stored.session;
      this.#stops = [
        client.on("resumed", (event) => isIt(event) && (resumed(stored), resolve(undefined))),
        client.on("ended", (event) => isIt(event) && resolve(event)),
        client.on("closed", () => resolve({ session: stored.session, reason: "connectionLost", action: "reconnect" })),
      ];
    });
    client.adopt(stored);
  }

  /**
   * Resolves once the session goes on, or is over. Throws where it could not be closed.
   * @returns {Promise<import("../avatar-relay.js").RecoveredEvent>}
   */
  async outcome() {
    const ended = await this.#ended;
    for (const stop of this.#stops) stop();
    const { session, opened } = this.#stored;
    if (ended) return { session, outcome: "gone", reason: ended.reason };
    if (opened?.room) return { session, outcome: "continued", reason: undefined };
    await closeAtRelay(this.#client, session);
    return { session, outcome: "replaced", reason: undefined };
  }
}
