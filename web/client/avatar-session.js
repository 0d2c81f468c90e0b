// One conversation with an avatar: signaling, peer connection and video as one thing.
import { systemClock } from "./clock.js";
import { watchLeaving } from "./leaving.js";
import { LeftoverSession } from "./leftover.js";
import { catchUp } from "./notifications.js";
import { storeFor } from "./resume-store.js";
import { closeAtRelay } from "./session-closing.js";
import { cancelled, endedByClient, endedEarly, endedUnopened } from "./session-ends.js";
import { hear } from "./session-hearing.js";
import { SessionLife } from "./session-life.js";
import { SessionListeners } from "./session-listeners.js";
import { SessionMedia } from "./session-media.js";
import { openSession } from "./session-opening.js";
import { SessionStatus } from "./session-status.js";
import { SignalingClient } from "./signaling-client.js";
import { SignalingError } from "./signaling-error.js";
import { TalkBook } from "./talk-book.js";

/** @typedef {import("./avatar-relay.js").SessionEvents} SessionEvents */
/** @typedef {import("./avatar-relay.js").ClosedEvent} ClosedEvent */
/** @typedef {import("./protocol.js").OpenedSession} OpenedSession */

export class AvatarSession {
  #events = new SessionListeners();
  #options;
  /** @type {SignalingClient | undefined} the client, where it is not shared */
  #own;
  #client;
  #clock;
  #media;
  #store;
  #life;
  #leave = () => {};
  /** @type {import("./notifications.js").Effects} */
  #effects = {
    listeners: this.#events,
    status: new SessionStatus((status) => this.#events.emit("status", status)),
    talks: new TalkBook(),
    enter: (state) => this.#life.enter(state),
    addCandidate: (candidate) => this.#events.background(this.#media.addCandidate(candidate)),
    end: (event) => {
      this.#life.isGone ||= event.reason !== "connectionLost";
      this.#ended(event);
    },
    resync: (snapshot) => catchUp(snapshot, this.#effects),
  };
  /** @type {Promise<void> | undefined} */
  #starting;
  /** @type {Promise<void> | undefined} */
  #closing;
  /** @type {(event: ClosedEvent) => void} what `session.closed` is handed to */
  #ended = (event) => this.#finish(event);
  /** @type {(error: SignalingError) => void} */
  #giveUp = () => {};

  /** @param {import("./avatar-relay.js").SessionOptions} options */
  static async open(options) {
    const session = new AvatarSession(options);
    await session.start();
    return session;
  }

  /** @param {import("./avatar-relay.js").SessionOptions} options */
  constructor(options) {
    const { url, client, resumeAcrossReloads, clock = systemClock } = options;
    if (!client && !url) throw new TypeError("AvatarSession needs a url or a client.");
    if (client && resumeAcrossReloads) throw new TypeError("To outlive a reload a session needs a url of its own.");
    this.#options = options;
    this.#clock = clock;
    this.#store = resumeAcrossReloads ? storeFor(options, (error) => this.#events.complain(error)) : undefined;
    this.#own = client ? undefined : new SignalingClient({ ...options, url: url ?? "" }, this.#store);
    this.#client = /** @type {import("./avatar-relay.js").SignalingClient} */ (client ?? this.#own);
    this.#media = new SessionMedia(options, clock, this.#events);
    this.#life = new SessionLife(this.#events, this.#effects.status, this.#store);
  }

  get state() {
    return this.#life.state;
  }
  get status() {
    return this.#effects.status.value;
  }
  get roundTripMs() {
    return this.#client.roundTripMs;
  }
  get id() {
    return this.#life.opened?.session;
  }
  get limits() {
    return this.#life.opened?.limits;
  }
  get capabilities() {
    return this.#life.opened?.capabilities;
  }
  get room() {
    return this.#life.opened?.room;
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
    return this.#events.on(name, listener);
  }

  /**
   * @template {keyof SessionEvents} Name
   * @param {Name} name
   * @param {(event: SessionEvents[Name]) => void} listener
   */
  once(name, listener) {
    return this.#events.once(name, listener);
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
   * @param {string | import("./protocol.js").Script} script
   * @param {Record<string, unknown>} [options]
   */
  async speak(script, options) {
    const session = this.#life.idFor("session.speak");
    const what = typeof script === "string" ? { text: script } : script;
    return this.#client.request("session.speak", { session, ...what, ...(options && { options }) });
  }

  /** @param {string} [talk] */
  async interrupt(talk) {
    const session = this.#life.idFor("session.interrupt");
    const { sendOnDataChannel } = await this.#client.request("session.interrupt", { session, ...(talk && { talk }) });
    if (sendOnDataChannel !== undefined) this.#media.send(sendOnDataChannel);
  }

  async extend() {
    return this.#client.request("session.extend", { session: this.#life.idFor("session.extend") });
  }

  /** @param {import("./protocol.js").Report} report */
  async report(report) {
    await this.#client.request("session.report", { session: this.#life.idFor("session.report"), ...report });
  }

  statistics() {
    return this.#media.statistics();
  }

  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start() {
    if (this.#life.isOver) throw cancelled();
    /** @type {Promise<never>} */
    const givenUp = new Promise((_, reject) => (this.#giveUp = reject));
    givenUp.catch(() => {});
    this.#effects.status.begin();
    this.#life.enter("opening");
    this.#listen();
    try {
      await Promise.race([this.#open(), givenUp]);
    } catch (error) {
      const fault = SignalingError.from(error, "client.peerFailed", "The session could not be opened");
      if (!this.#life.isOver) await this.#closeAtRelay();
      this.#finish(endedUnopened);
      throw fault;
    }
  }

  async #open() {
    await this.#recover();
    if (this.#life.opened || this.#life.isOver) return;
    const { provider, avatar, options } = this.#options;
    await openSession(this.#client, { provider, ...(avatar && { avatar }), ...(options && { options }) }, {
      // Also an answer that comes too late is a session that somebody pays for.
      onResult: (result) => {
        if (this.#life.isOver) this.#events.background(closeAtRelay(this.#client, result.session));
        else this.#remember(result);
      },
      status: this.#effects.status,
      isOver: () => this.#life.isOver,
    });
    await this.#media.negotiate();
  }

  /** Connects, and looks after what an earlier page left. */
  async #recover() {
    const left = this.#store?.read();
    const leftover = left && this.#own && new LeftoverSession(this.#own, left, () => this.#life.continue(left));
    await this.#client.connect();
    if (this.#life.isOver) throw cancelled();
    if (!leftover) return;
    const event = await leftover.recover();
    // Where the connection was given up meanwhile, the relay may have it still.
    if (event.outcome !== "continued" && !this.#life.isOver) this.#store?.forget();
    this.#events.emit("recovered", event);
  }

  /** @param {OpenedSession} opened */
  #remember(opened) {
    this.#life.remember(opened);
    if (!opened.room) this.#media.begin(this.#client, opened, (work) => this.#events.background(work));
  }

  #listen() {
    const { signal, client, page = globalThis.window ?? null } = this.#options;
    const id = () => (this.#life.isOver ? undefined : this.id);
    const stopHearing = hear(this.#client, id, this.#effects, (event) =>
      this.#finish(this.#closing ? { ...endedByClient, closeCode: event.closeCode } : event),
    );
    // A page that goes has no time for an answer: its own connection is closed, with its sessions. But where media goes
    // through a room, the next page may come back to it.
    const leave = (/** @type {string} */ why) => {
      if (why === "pagehide" && this.#store && this.room) return;
      if (why === "pagehide" && !client) this.#client.close();
      else void this.close();
    };
    const stopWatching = watchLeaving(page, signal, leave);
    this.#leave = () => {
      stopWatching();
      // A connection of its own is heard to its end; a shared one lives on without this session.
      if (client) stopHearing();
    };
    if (signal?.aborted) leave("abort");
  }

  async #close() {
    if (this.#life.isOver) return;
    if (!this.#life.opened) return this.#finish(endedByClient);
    /** @type {Promise<ClosedEvent>} */
    const ended = new Promise((resolve) => (this.#ended = resolve));
    await this.#closeAtRelay(ended);
    this.#finish((await Promise.race([ended, undefined])) ?? endedByClient);
  }

  /** @param {Promise<unknown>} [lastWord] */
  async #closeAtRelay(lastWord) {
    if (!this.#life.opened) return;
    try {
      await closeAtRelay(this.#client, this.#life.opened.session, lastWord, this.#clock);
      this.#life.isGone = true;
    } catch (error) {
      this.#events.failed(error);
    }
  }

  /** @param {ClosedEvent} event */
  #finish(event) {
    if (this.#life.isOver) return;
    this.#life.end();
    this.#giveUp(endedEarly(event));
    this.#media.close();
    if (!this.#options.client) this.#client.close();
    this.#leave();
    this.#life.tellEnd(event);
    this.#ended(event);
  }
}
