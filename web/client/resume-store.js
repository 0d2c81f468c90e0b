// What a page that is loaded again needs to come back to its session, kept in the tab's session storage.
import { parse } from "./incoming.js";
import { SignalingError } from "./signaling-error.js";

/**
 * @typedef {object} Leftover what an earlier page left
 * @property {string} session
 * @property {string} secret
 * @property {number} lastSeq
 * @property {number} graceMs
 * @property {number} nextId the first id of a request that the session has not seen
 * @property {import("./protocol.js").SessionState} state
 * @property {import("./protocol.js").OpenedSession | undefined} opened only where media goes through a room
 */

/** The layout of what is stored; what another version of this client left is not read. */
const LAYOUT = 1;
/** Ids are set aside in blocks, so that not every request has to write. */
const BLOCK = 64;

export class ResumeStore {
  #storage;
  #key;
  #url;
  #complain;
  /** @type {Leftover | undefined} */
  #record;
  #reserved = 0;
  #refused = false;

  /**
   * @param {() => import("./avatar-relay.js").StorageLike} storage looked up for each use, which a browser may forbid
   * @param {string} key
   * @param {string} url of the relay; what was left for another is not read
   * @param {(error: SignalingError) => void} complain
   */
  constructor(storage, key, url, complain) {
    this.#storage = storage;
    this.#key = key;
    this.#url = url;
    this.#complain = complain;
  }

  /**
   * What an earlier page left; undefined if nothing that can be used.
   * @returns {Leftover | undefined}
   */
  read() {
    const stored = parse(this.#guard(() => this.#storage().getItem(this.#key)));
    if (stored?.layout !== LAYOUT || stored.url !== this.#url || !isLeftover(stored.left)) return undefined;
    this.#record = stored.left;
    this.#reserved = stored.left.nextId;
    return stored.left;
  }

  /**
   * A session has another secret or number, or is a new one.
   * @param {import("./held-session.js").HeldSession} held
   */
  changed({ id, secret, graceMs, sequence, resumable }) {
    if (!resumable || secret === undefined) return;
    const known = this.#record?.session === id ? this.#record : undefined;
    const { state = "offered", opened } = known ?? {};
    const nextId = this.#reserved;
    this.#record = { session: id, secret, lastSeq: sequence.last, graceMs, nextId, state, opened };
    this.#write();
  }

  /** @param {import("./protocol.js").OpenedSession} opened */
  opened(opened) {
    if (this.#record?.session !== opened.session || !opened.room) return;
    // The secret is stored once, where it changes.
    this.#record = { ...this.#record, opened: { ...opened, secret: "" } };
    this.#write();
  }

  /** @param {import("./protocol.js").SessionState} state */
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
    if (id < this.#reserved) return;
    this.#reserved = id + BLOCK;
    if (!this.#record) return;
    this.#record.nextId = this.#reserved;
    this.#write();
  }

  /** Nothing is left to come back to. */
  forget() {
    this.#record = undefined;
    this.#guard(() => this.#storage().removeItem(this.#key));
  }

  #write() {
    const stored = { layout: LAYOUT, url: this.#url, left: this.#record };
    this.#guard(() => this.#storage().setItem(this.#key, JSON.stringify(stored)));
  }

  /**
   * Storage may be full or forbidden; the session goes on without.
   * @template Result
   * @param {() => Result} use
   */
  #guard(use) {
    if (this.#refused) return undefined;
    try {
      return use();
    } catch (error) {
      this.#refused = true;
      this.#complain(SignalingError.from(error, "client.storageFailed", "The session cannot outlive a reload"));
      return undefined;
    }
  }
}

/**
 * @param {import("./avatar-relay.js").SessionOptions} options
 * @param {(error: SignalingError) => void} complain
 */
export function storeFor({ url = "", provider, avatar = "", resumeAcrossReloads, storage }, complain) {
  const key = typeof resumeAcrossReloads === "string" ? resumeAcrossReloads : `avatar-relay ${provider} ${avatar}`;
  return new ResumeStore(() => storage ?? globalThis.sessionStorage, key, url, complain);
}

/** @param {any} left */
function isLeftover(left) {
  const numbers = [left?.lastSeq, left?.graceMs, left?.nextId];
  return typeof left?.session === "string" && typeof left.secret === "string" && numbers.every(Number.isSafeInteger);
}
