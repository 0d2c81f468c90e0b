// The browser's side of the media: a peer connection that answers the provider's offer, or makes one.
import { selectedPair } from "./candidate-pair.js";
import { ChannelLink } from "./channel-link.js";
import { Emitter } from "./emitter.js";
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./protocol.js").CandidateInit} CandidateInit */
/** @typedef {import("./protocol.js").OpenedSession} OpenedSession */
/**
 * @typedef {object} PeerEvents
 * @property {CandidateInit | null} candidate null once there are no more
 * @property {RTCIceConnectionState} ice
 * @property {import("./protocol.js").CandidatePair} pair
 * @property {MediaStreamTrack} track
 */

/** How long all candidates are waited for where the provider does not take them one by one. */
const GATHERING_TIMEOUT_MS = 5_000;

export class PeerLink {
  /** @type {Emitter<PeerEvents>} */
  events = new Emitter();
  /** @type {Emitter<import("./channel-link.js").ChannelEvents>} */
  channelEvents = new Emitter();
  #channel = new ChannelLink(this.channelEvents);
  #opened;
  #clock;
  #gathered = false;
  #pair = "";
  /** @type {(CandidateInit | null)[] | undefined} the provider's, until its description is set */
  #remoteCandidates = [];

  /**
   * @param {OpenedSession} opened
   * @param {object} environment
   * @param {new (configuration?: RTCConfiguration) => RTCPeerConnection} environment.RTCPeerConnection
   * @param {import("./avatar-relay.js").Clock} environment.clock
   * @param {RTCConfiguration} [environment.rtcConfiguration]
   */
  constructor(opened, { RTCPeerConnection, clock, rtcConfiguration }) {
    this.#opened = opened;
    this.#clock = clock;
    this.connection = new RTCPeerConnection({ iceServers: opened.iceServers ?? [], ...rtcConfiguration });
    this.#listen();
  }

  /**
   * Takes the provider's offer and makes the answer. Throws `client.peerFailed`.
   * @param {import("./protocol.js").Description<"offer">} offer
   * @returns {Promise<import("./protocol.js").Description<"answer">>}
   */
  answer(offer) {
    return this.#negotiate("The browser could not answer the provider's offer", async () => {
      this.#openChannel();
      await this.#setRemote(offer);
      await this.connection.setLocalDescription(await this.connection.createAnswer());
      return { type: "answer", sdp: await this.#localSdp() };
    });
  }

  /**
   * Makes an offer that receives audio and video. Throws `client.peerFailed`.
   * @returns {Promise<import("./protocol.js").Description<"offer">>}
   */
  offer() {
    return this.#negotiate("The browser could not make an offer", async () => {
      this.#openChannel();
      this.connection.addTransceiver("audio", { direction: "recvonly" });
      this.connection.addTransceiver("video", { direction: "recvonly" });
      await this.connection.setLocalDescription(await this.connection.createOffer());
      return { type: "offer", sdp: await this.#localSdp() };
    });
  }

  /**
   * Takes the provider's answer. Throws `client.peerFailed`.
   * @param {import("./protocol.js").Description<"answer">} answer
   */
  accept(answer) {
    return this.#negotiate("The browser refused the provider's answer", () => this.#setRemote(answer));
  }

  /**
   * Takes a candidate of the provider; null is the end of them. Throws `client.peerFailed`.
   * @param {CandidateInit | null} candidate
   */
  async addCandidate(candidate) {
    if (this.#remoteCandidates) {
      this.#remoteCandidates.push(candidate);
      return;
    }
    await this.#negotiate("The browser refused a candidate of the provider", () =>
      this.connection.addIceCandidate(candidate ?? undefined),
    );
  }

  /** @param {string} text */
  send(text) {
    this.#channel.send(text);
  }

  close() {
    this.connection.close();
  }

  #listen() {
    const { connection } = this;
    connection.onicecandidate = ({ candidate }) => this.#gather(candidate);
    connection.oniceconnectionstatechange = () => this.#iceChanged();
    connection.ontrack = ({ track }) => this.events.emit("track", track);
    if (this.#opened.dataChannel?.openedBy === "provider") {
      connection.ondatachannel = ({ channel }) => this.#channel.adopt(channel);
    }
  }

  #openChannel() {
    const channel = this.#opened.dataChannel;
    if (channel?.openedBy === "client") {
      this.#channel.adopt(this.connection.createDataChannel(channel.label ?? "events"));
    }
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #setRemote(description) {
    await this.connection.setRemoteDescription(description);
    const early = this.#remoteCandidates ?? [];
    this.#remoteCandidates = undefined;
    for (const candidate of early) await this.connection.addIceCandidate(candidate ?? undefined);
  }

  /** An empty candidate string ends them too (W3C webrtc, RTCIceCandidate), and the end is told once. */
  #gather(/** @type {RTCIceCandidate | null} */ found) {
    if (this.#gathered) return;
    this.#gathered = !found?.candidate;
    this.events.emit("candidate", found?.candidate ? plain(found) : null);
  }

  async #iceChanged() {
    const state = this.connection.iceConnectionState;
    this.events.emit("ice", state);
    if (state !== "connected" && state !== "completed") return;
    const report = await this.connection.getStats().catch(() => undefined);
    const pair = report && selectedPair(report);
    const text = JSON.stringify(pair);
    if (!pair || text === this.#pair) return;
    this.#pair = text;
    this.events.emit("pair", pair);
  }

  /** Where candidates do not trickle, the description has to hold them all. */
  async #localSdp() {
    if (!this.#opened.capabilities.trickle) await this.#gatheringEnded();
    return this.connection.localDescription?.sdp ?? "";
  }

  /** @returns {Promise<void>} */
  #gatheringEnded() {
    const { connection } = this;
    if (connection.iceGatheringState === "complete") return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(GATHERING_TIMEOUT_MS, resolve);
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState !== "complete") return;
        cancel();
        resolve();
      };
    });
  }

  /**
   * @template Result
   * @param {string} what
   * @param {() => Promise<Result>} step
   */
  async #negotiate(what, step) {
    try {
      return await step();
    } catch (error) {
      throw SignalingError.from(error, "client.peerFailed", what);
    }
  }
}

/**
 * Exactly the members that the protocol knows: browsers add more to `toJSON` over time.
 * @param {RTCIceCandidate} found
 * @returns {CandidateInit}
 */
function plain({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
}
