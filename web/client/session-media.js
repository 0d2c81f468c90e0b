// The media of a session: its peer connection, its data channel and its stream.
import { mediaStatistics } from "./media-statistics.js";
import { Negotiation } from "./negotiation.js";
import { forwardPeer } from "./peer-events.js";
import { PeerLink } from "./peer-link.js";
import { reportPeer } from "./reports.js";
import { attachVideo } from "./video-attachment.js";

/** @typedef {import("./protocol.js").OpenedSession} OpenedSession */

export class SessionMedia {
  #options;
  #clock;
  #listeners;
  /** @type {PeerLink | undefined} */
  #peer;
  /** @type {Negotiation | undefined} */
  #negotiation;
  /** @type {MediaStream | undefined} */
  stream;

  /**
   * @param {import("./avatar-relay.js").SessionOptions} options
   * @param {import("./avatar-relay.js").Clock} clock
   * @param {import("./session-listeners.js").SessionListeners} listeners
   */
  constructor(options, clock, listeners) {
    this.#options = options;
    this.#clock = clock;
    this.#listeners = listeners;
  }

  get connection() {
    return this.#peer?.connection;
  }

  /**
   * Makes the peer connection of a session that was opened, and reports what it does.
   * @param {Pick<import("./signaling-client.js").SignalingClient, "request">} client
   * @param {OpenedSession} opened
   * @param {(work: Promise<unknown>) => void} background takes what is not awaited here
   */
  begin(client, opened, background) {
    const { RTCPeerConnection = globalThis.RTCPeerConnection, rtcConfiguration } = this.#options;
    this.#peer = new PeerLink(opened, { RTCPeerConnection, rtcConfiguration, clock: this.#clock });
    const { session } = opened;
    reportPeer(this.#peer, (report) => background(client.request("session.report", { session, ...report })));
    forwardPeer(this.#peer, this.#listeners, this.ownStream());
    this.#negotiation = new Negotiation(client, opened, this.#peer, background);
  }

  /** Resolves once the provider and the browser accepted each other's descriptions. */
  async negotiate() {
    await this.#negotiation?.run();
  }

  /** @param {import("./protocol.js").CandidateInit | null} candidate */
  async addCandidate(candidate) {
    await this.#peer?.addCandidate(candidate);
  }

  /** @param {string} text */
  send(text) {
    this.#peer?.send(text);
  }

  /** @param {HTMLVideoElement} video */
  attach(video) {
    return attachVideo(video, this.ownStream(), (event) => this.#listeners.emit("autoplay", event));
  }

  /** What the browser counts; undefined without a peer connection. */
  async statistics() {
    const report = await this.#peer?.connection.getStats();
    return report && mediaStatistics(report);
  }

  close() {
    this.#peer?.close();
  }

  ownStream() {
    const { MediaStream = globalThis.MediaStream } = this.#options;
    this.stream ??= new MediaStream();
    return this.stream;
  }
}
