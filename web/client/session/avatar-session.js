// Leads one conversation with an avatar: signaling, peer connection and video as one thing.
import { ownPage } from "../connection/reconnecting-connection.js";
import { SignalingClient, systemClock } from "../connection/signaling-client.js";
import { SignalingError } from "../connection/signaling-error.js";
import { SessionMedia } from "../media/session-media.js";
import { SessionListeners, listenToClient } from "./events.js";
import {
  SessionLifecycle,
  closeAtRelay,
  closedByClient,
  endedWhileOpening,
  openAtRelay,
  openFailed,
  openingCancelled,
} from "./lifecycle.js";
import { SessionRecovery, storeFor } from "./reload.js";
import { StreamedTalks } from "./streamed-talks.js";
import { TalkEnds, TalkPhases } from "./talks.js";
import { isTextPieces } from "./text-pieces.js";

/** @typedef {import("../avatar-relay.js").SessionEvents} SessionEvents */
/** @typedef {import("../avatar-relay.js").ClosedEvent} ClosedEvent */
/** @typedef {import("../protocol.js").OpenedSession} OpenedSession */

export class AvatarSession {
  #listeners = new SessionListeners();
  #options;
  /** @type {SignalingClient | undefined} the client, where it is not shared */
  #ownClient;
  #client;
  #clock;
  #media;
  #store;
  #lifecycle;
  #talks;
  #streamed;
  #stopListening = () => {};
  /** Whether it was closed because the page went, though the page may be shown again. */
  #isPutAside = false;
  /** @type {Promise<void> | undefined} */
  #starting;
  /** @type {Promise<void> | undefined} */
  #closing;
  /** @type {(event: ClosedEvent) => void} what is done with `session.closed` */
  #ended = (event) => this.#finish(event);
  /** @type {(error: SignalingError) => void} */
  #rejectOpening = () => {};

  /** @param {import("../avatar-relay.js").SessionOptions} options */
  static async open(options) {
    const session = new AvatarSession(options);
    await session.start();
    return session;
  }

  /** @param {import("../avatar-relay.js").SessionOptions} options */
  constructor(options) {
    const { url, client, resumeAcrossReloads, clock = systemClock } = options;
    if (!client && !url) throw new TypeError("AvatarSession needs a url or a client.");
    if (client && resumeAcrossReloads) throw new TypeError("To outlive a reload a session needs a url of its own.");
    this.#options = options;
    this.#clock = clock;
    this.#store = resumeAcrossReloads ? storeFor(options, (error) => this.#listeners.reportError(error)) : undefined;
    this.#ownClient = client ? undefined : new SignalingClient({ ...options, url: url ?? "" }, this.#store);
    this.#client = /** @type {import("../avatar-relay.js").SignalingClient} */ (client ?? this.#ownClient);
    this.#media = new SessionMedia(options, clock, this.#listeners);
    this.#lifecycle = new SessionLifecycle(this.#listeners, this.#store);
    this.#talks = new TalkEnds(this.#listeners);
    this.#streamed = new StreamedTalks(this.#client, clock, this.#talks, this.#listeners);
  }

  get state() {
    return this.#lifecycle.state;
  }
  get status() {
    return this.#lifecycle.status.value;
  }
  get roundTripMs() {
    return this.#client.roundTripMs;
  }
  get id() {
    return this.#lifecycle.opened?.session;
  }
  get limits() {
    return this.#lifecycle.opened?.limits;
  }
  get capabilities() {
    return this.#lifecycle.opened?.capabilities;
  }
  get room() {
    return this.#lifecycle.opened?.room;
  }
  get stream() {
    return this.#media.stream;
  }
  get peerConnection() {
    return this.#media.connection;
  }

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {(event: SessionEvents[Name]) => void} listener
   */
  on(name, listener) {
    return this.#listeners.on(name, listener);
  }

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {(event: SessionEvents[Name]) => void} listener
   */
  once(name, listener) {
    return this.#listeners.once(name, listener);
  }

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {(event: SessionEvents[Name]) => void} listener
   */
  off(name, listener) {
    this.#listeners.off(name, listener);
  }

  start() {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** @param {HTMLVideoElement} video */
  attach(video) {
    return this.#media.attach(video);
  }

  /**
   * @param {string | import("../protocol.js").Script | import("../avatar-relay.js").TextPieces} script
   * @param {import("../protocol.js").JSONObject} [options]
   * @param {{ signal?: AbortSignal | undefined }} [how]
   * @returns {Promise<import("../avatar-relay.js").Talk>}
   */
  async speak(script, options, how) {
    const session = this.#lifecycle.idFor("session.speak");
    if (isTextPieces(script)) {
      const opened = /** @type {OpenedSession} */ (this.#lifecycle.opened);
      return this.#streamed.speak(opened, script, options, {
        signal: how?.signal,
        interrupt: (talk) => this.interrupt(talk),
      });
    }
    const what = typeof script === "string" ? { text: script } : script;
    const accepted = await this.#client.request("session.speak", { session, ...what, ...(options && { options }) });
    return this.#talks.accepted(accepted);
  }

  /** @param {string} [talk] */
  async interrupt(talk) {
    const session = this.#lifecycle.idFor("session.interrupt");
    const stopStreamed = this.#streamed.interrupted(talk);
    const { sendOnDataChannel } = await this.#client.request("session.interrupt", { session, ...(talk && { talk }) });
    stopStreamed();
    if (sendOnDataChannel !== undefined) this.#media.send(sendOnDataChannel);
  }

  async extend() {
    return this.#client.request("session.extend", { session: this.#lifecycle.idFor("session.extend") });
  }

  /** @param {import("../protocol.js").Report} report */
  async report(report) {
    await this.#client.request("session.report", { session: this.#lifecycle.idFor("session.report"), ...report });
  }

  statistics() {
    return this.#media.statistics();
  }

  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start() {
    if (this.#lifecycle.isOver) throw openingCancelled();
    /** @type {Promise<never>} */
    const rejected = new Promise((_, reject) => (this.#rejectOpening = reject));
    rejected.catch(() => {});
    this.#lifecycle.status.connecting();
    this.#lifecycle.enter("opening");
    this.#listen();
    try {
      await Promise.race([this.#open(), rejected]);
    } catch (error) {
      const fault = SignalingError.from(error, "client.peerFailed", "The session could not be opened");
      if (!this.#lifecycle.isOver) await this.#closeAtRelay();
      this.#finish(openFailed);
      throw fault;
    }
  }

  async #open() {
    await this.#recover();
    if (this.#lifecycle.opened || this.#lifecycle.isOver) return;
    const { provider, avatar, options } = this.#options;
    await openAtRelay(this.#client, { provider, ...(avatar && { avatar }), ...(options && { options }) }, {
      // Also a response that comes too late is a session that somebody pays for.
      onResult: (result) => {
        if (this.#lifecycle.isOver) this.#listeners.inBackground(closeAtRelay(this.#client, result.session));
        else this.#opened(result);
      },
      onQueued: (position) => this.#lifecycle.status.waiting(position),
      isCancelled: () => this.#lifecycle.isOver,
    });
    await this.#media.negotiate();
  }

  /** Connects, and looks after what an earlier page left. */
  async #recover() {
    const stored = this.#store?.read();
    const resumed = (/** @type {import("./reload.js").StoredSession} */ found) => this.#lifecycle.continue(found);
    const recovery = stored && this.#ownClient && new SessionRecovery(this.#ownClient, stored, resumed);
    await this.#client.connect();
    if (this.#lifecycle.isOver) throw openingCancelled();
    if (!recovery) return;
    const event = await recovery.outcome();
    // Where the connection was given up meanwhile, the relay may have it still.
    if (event.outcome !== "continued" && !this.#lifecycle.isOver) this.#store?.forget();
    this.#listeners.emit("recovered", event);
  }

  /** @param {OpenedSession} opened */
  #opened(opened) {
    this.#lifecycle.open(opened);
    if (!opened.room) this.#media.begin(this.#client, opened);
  }

  #listen() {
    const { signal, client, page = ownPage() } = this.#options;
    const stopClient = listenToClient(this.#client, {
      id: () => (this.#lifecycle.isOver ? undefined : this.id),
      listeners: this.#listeners,
      lifecycle: this.#lifecycle,
      talks: new TalkPhases(),
      addCandidate: (candidate) => this.#listeners.inBackground(this.#media.addCandidate(candidate)),
      sendOnDataChannel: (text) => this.#media.send(text),
      sessionEnded: (event) => {
        this.#lifecycle.isGone ||= event.reason !== "connectionLost";
        this.#ended(event);
      },
      connectionEnded: (event) =>
        this.#finish(this.#closing ? { ...closedByClient, closeCode: event.closeCode } : event),
    });
    const hide = (/** @type {any} */ event) => this.#pageHidden(event?.persisted === true);
    const show = (/** @type {any} */ event) => event?.persisted && this.#pageShownAgain();
    const abort = () => void this.close();
    page?.addEventListener("pagehide", hide);
    page?.addEventListener("pageshow", show);
    signal?.addEventListener("abort", abort);
    this.#stopListening = () => {
      page?.removeEventListener("pagehide", hide);
      page?.removeEventListener("pageshow", show);
      signal?.removeEventListener("abort", abort);
      // A connection of its own is heard to its end; a shared one lives on without this session.
      if (client) stopClient();
    };
    if (signal?.aborted) abort();
  }

  /**
   * A page that goes has no time for a response: its own connection is closed, with its sessions.
   * @param {boolean} mayComeBack whether the browser keeps the page, to show it again (back/forward cache)
   */
  #pageHidden(mayComeBack) {
    // Where media goes through a room, the next page may come back to it.
    if (this.#store && this.room) return;
    this.#isPutAside = mayComeBack;
    if (this.#ownClient) this.#ownClient.close();
    else void this.close();
  }

  /** What was closed when the page went is over; what was not goes on with the next connection. */
  #pageShownAgain() {
    if (this.#isPutAside) this.#finish(closedByClient);
  }

  async #close() {
    if (this.#lifecycle.isOver) return;
    if (!this.#lifecycle.opened) return this.#finish(closedByClient);
    /** @type {Promise<ClosedEvent>} */
    const ended = new Promise((resolve) => (this.#ended = resolve));
    await this.#closeAtRelay(ended);
    this.#finish((await Promise.race([ended, undefined])) ?? closedByClient);
  }

  /** @param {Promise<unknown>} [closed] */
  async #closeAtRelay(closed) {
    if (!this.#lifecycle.opened) return;
    try {
      await closeAtRelay(this.#client, this.#lifecycle.opened.session, closed, this.#clock);
      this.#lifecycle.isGone = true;
    } catch (error) {
      this.#listeners.backgroundFailed(error);
    }
  }

  /** @param {ClosedEvent} event */
  #finish(event) {
    if (this.#lifecycle.isOver) return;
    // Nobody wanted the end: whoever looks at the page again wants another session.
    if (this.#isPutAside) event = { ...event, action: "reconnect" };
    this.#lifecycle.end();
    this.#rejectOpening(endedWhileOpening(event));
    this.#media.close();
    this.#ownClient?.close();
    this.#stopListening();
    this.#lifecycle.announceEnd(event);
    this.#ended(event);
  }
}
