// One conversation with an avatar: signaling, peer connection and video as one thing.
import { systemClock } from "./clock.js";
import { watchLeaving } from "./leaving.js";
import { Negotiation } from "./negotiation.js";
import { follow } from "./notifications.js";
import { PeerLink } from "./peer-link.js";
import { forwardPeer } from "./peer-events.js";
import { reportPeer } from "./reports.js";
import { cancelled, endedByClient, endedEarly, endedUnopened, saysOver } from "./session-ends.js";
import { SessionListeners } from "./session-listeners.js";
import { SignalingClient } from "./signaling-client.js";
import { SignalingError } from "./signaling-error.js";
import { attachVideo } from "./video-attachment.js";

/** @typedef {import("./avatar-relay.js").SessionEvents} SessionEvents */
/** @typedef {import("./avatar-relay.js").ClosedEvent} ClosedEvent */
/** @typedef {import("./protocol.js").OpenedSession} OpenedSession */
/** @typedef {import("./protocol.js").SessionState} SessionState */

/** Opening may take a provider many seconds. */
const OPEN_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 10_000;
/** How long `session.closed` is waited for after the relay answered that it closes. */
const CLOSED_TIMEOUT_MS = 3_000;
export class AvatarSession {
  #events = new SessionListeners();
  #options;
  #clock;
  #client;
  #leave = () => {};
  /** @type {import("./notifications.js").Effects} */
  #effects = {
    listeners: this.#events,
    enter: (state) => this.#enter(state),
    addCandidate: (candidate) => this.#peer && this.#background(this.#peer.addCandidate(candidate)),
    end: (event) => this.#ended(event),
  };
  /** @type {SessionState | "new"} */
  #state = "new";
  /** @type {OpenedSession | undefined} */
  #opened;
  /** @type {PeerLink | undefined} */
  #peer;
  /** @type {Negotiation | undefined} */
  #negotiation;
  /** @type {MediaStream | undefined} */
  #stream;
  /** @type {Promise<void> | undefined} */
  #starting;
  /** @type {Promise<void> | undefined} */
  #closing;
  #over = false;
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
    const { url, token, WebSocket, client } = options;
    if (!client && !url) throw new TypeError("AvatarSession needs a url or a client.");
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#client = client ?? new SignalingClient({ url: url ?? "", token, WebSocket, clock: this.#clock });
  }

  get state() {
    return this.#state;
  }
  get id() {
    return this.#opened?.session;
  }
  get limits() {
    return this.#opened?.limits;
  }
  get capabilities() {
    return this.#opened?.capabilities;
  }
  get room() {
    return this.#opened?.room;
  }
  get stream() {
    return this.#stream;
  }
  get peerConnection() {
    return this.#peer?.connection;
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
    return attachVideo(video, this.#ownStream(), (event) => this.#events.emit("autoplay", event));
  }

  /**
   * @param {string | import("./protocol.js").Script} script
   * @param {Record<string, unknown>} [options]
   */
  async speak(script, options) {
    const session = this.#idFor("session.speak");
    const what = typeof script === "string" ? { text: script } : script;
    return this.#client.request("session.speak", { session, ...what, ...(options && { options }) });
  }

  /** @param {string} [talk] */
  async interrupt(talk) {
    const session = this.#idFor("session.interrupt");
    const { sendOnDataChannel } = await this.#client.request("session.interrupt", { session, ...(talk && { talk }) });
    if (sendOnDataChannel !== undefined) this.#peer?.send(sendOnDataChannel);
  }

  async extend() {
    return this.#client.request("session.extend", { session: this.#idFor("session.extend") });
  }

  /** @param {import("./protocol.js").Report} report */
  async report(report) {
    await this.#client.request("session.report", { session: this.#idFor("session.report"), ...report });
  }

  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start() {
    if (this.#over) throw cancelled();
    /** @type {Promise<never>} */
    const givenUp = new Promise((_, reject) => (this.#giveUp = reject));
    givenUp.catch(() => {});
    this.#enter("opening");
    this.#listen();
    try {
      await Promise.race([this.#negotiate(), givenUp]);
    } catch (error) {
      const fault = SignalingError.from(error, "client.peerFailed", "The session could not be opened");
      await this.#abandon();
      throw fault;
    }
  }

  async #negotiate() {
    const { provider, avatar, options } = this.#options;
    await this.#client.connect();
    if (this.#over) throw cancelled();
    const params = { provider, ...(avatar && { avatar }), ...(options && { options }) };
    await this.#client.request("session.open", params, {
      timeoutMs: OPEN_TIMEOUT_MS,
      // Also an answer that comes too late is a session that somebody pays for.
      onResult: (result) => (this.#over ? this.#discard(result) : this.#remember(result)),
    });
    await this.#negotiation?.run();
  }

  /** @param {OpenedSession} opened */
  #remember(opened) {
    this.#opened = opened;
    if (opened.room) return;
    const { RTCPeerConnection = globalThis.RTCPeerConnection, rtcConfiguration } = this.#options;
    this.#peer = new PeerLink(opened, { RTCPeerConnection, rtcConfiguration, clock: this.#clock });
    const { session } = opened;
    const tell = (/** @type {import("./protocol.js").Report} */ report) =>
      this.#background(this.#client.request("session.report", { session, ...report }));
    reportPeer(this.#peer, tell);
    forwardPeer(this.#peer, this.#events, this.#ownStream());
    this.#negotiation = new Negotiation(this.#client, opened, this.#peer, (work) => this.#background(work));
  }

  /** @param {OpenedSession} opened */
  #discard({ session }) {
    this.#background(this.#client.request("session.close", { session }));
  }

  #listen() {
    const { signal, client, page = globalThis.window ?? null } = this.#options;
    const stopHearing = [
      this.#client.on("state", (event) => this.#events.emit("connection", event)),
      this.#client.on("message", (event) => this.#events.emit("message", event)),
      this.#client.on("error", (error) => this.#events.complain(error)),
      this.#client.on("notification", (notification) => {
        if (!this.#over) follow(notification, this.id, this.#effects);
      }),
      this.#client.on("closed", ({ action, code }) => this.#connectionClosed(action, code)),
    ];
    // A page that goes has no time for an answer: its own connection is closed, and the relay ends the session.
    const leave = (/** @type {string} */ why) =>
      why === "pagehide" && !client ? this.#client.close() : void this.close();
    const stopWatching = watchLeaving(page, signal, leave);
    this.#leave = () => {
      stopWatching();
      // A connection of its own is heard to its end; a shared one lives on without this session.
      if (client) for (const stop of stopHearing) stop();
    };
    if (signal?.aborted) leave("abort");
  }

  /**
   * @param {"reconnect" | "stop"} action
   * @param {number} closeCode
   */
  #connectionClosed(action, closeCode) {
    if (this.#closing) this.#finish({ ...endedByClient, closeCode });
    else this.#finish({ reason: "connectionLost", action, closeCode });
  }

  async #close() {
    if (this.#over) return;
    if (!this.#opened) return this.#finish(endedByClient);
    /** @type {Promise<ClosedEvent>} */
    const ended = new Promise((resolve) => (this.#ended = resolve));
    try {
      const timing = { timeoutMs: CLOSE_TIMEOUT_MS };
      await this.#client.request("session.close", { session: this.#opened.session }, timing);
      this.#clock.after(CLOSED_TIMEOUT_MS, () => this.#ended(endedByClient));
      this.#finish(await ended);
    } catch (error) {
      this.#failedAside(error);
      this.#finish(endedByClient);
    }
  }

  /** Leaves nothing behind at the provider after an opening that failed. */
  async #abandon() {
    if (this.#opened && !this.#over) {
      const { session } = this.#opened;
      const timing = { timeoutMs: CLOSE_TIMEOUT_MS };
      await this.#client.request("session.close", { session }, timing).catch((error) => this.#failedAside(error));
    }
    this.#finish(endedUnopened);
  }

  /** @param {ClosedEvent} event */
  #finish(event) {
    if (this.#over) return;
    this.#over = true;
    this.#enter("closed");
    this.#giveUp(endedEarly(event));
    this.#peer?.close();
    if (!this.#options.client) this.#client.close();
    this.#leave();
    this.#events.emit("closed", event);
    this.#ended(event);
  }

  /** @param {SessionState} state */
  #enter(state) {
    if (state === this.#state || this.#state === "closed") return;
    const previous = this.#state;
    this.#state = state;
    this.#events.emit("state", { state, previous });
    if (state === "live") this.#events.emit("live", { session: this.#idFor("live") });
  }

  /** @param {string} method */
  #idFor(method) {
    if (this.#opened && !this.#over) return this.#opened.session;
    const message = this.#over ? "The session is over." : "The session is not open yet.";
    throw new SignalingError({ kind: "client.wrongState", message, method });
  }

  #ownStream() {
    const { MediaStream = globalThis.MediaStream } = this.#options;
    this.#stream ??= new MediaStream();
    return this.#stream;
  }

  /** @param {Promise<unknown>} work */
  #background(work) {
    work.catch((error) => this.#failedAside(error));
  }

  /** @param {unknown} error */
  #failedAside(error) {
    const fault = SignalingError.from(error, "client.peerFailed", "The browser failed");
    if (!saysOver(fault)) this.#events.complain(fault);
  }
}
