// Makes the browser's peer connection: it answers the provider's offer, or makes one, and carries the data channel.
import { Emitter } from "../connection/emitter.js";
import { SignalingError } from "../connection/signaling-error.js";
import { selectedPair } from "./statistics.js";

/** @typedef {import("../protocol.js").CandidateInit} CandidateInit */
/** @typedef {import("../protocol.js").OpenedSession} OpenedSession */
/**
 * @typedef {object} PeerEvents
 * @property {CandidateInit | null} candidate null once there are no more
 * @property {RTCIceConnectionState} ice
 * @property {{}} secured media can flow: ICE and DTLS are done
 * @property {{}} unsecured DTLS failed on a path that ICE had found
 * @property {import("../protocol.js").CandidatePair} pair
 * @property {MediaStreamTrack} track
 */

/**
 * @typedef {object} ChannelEvents
 * @property {{ state: RTCDataChannelState, label: string }} state
 * @property {{ text: string, binary: boolean }} message
 */

/** How long all candidates are waited for where the provider does not take them one by one. */
const GATHERING_TIMEOUT_MS = 5_000;

export class PeerConnection {
  /** @type {Emitter<PeerEvents>} */
  events = new Emitter();
  /** @type {Emitter<ChannelEvents>} */
  channelEvents = new Emitter();
  #channel = new DataChannel(this.channelEvents);
  #opened;
  #clock;
  #isGathered = false;
  #lastPair = "";
  /** @type {(CandidateInit | null)[] | undefined} the provider's, until its description is set */
  #remoteCandidates = [];

  /**
   * @param {OpenedSession} opened
   * @param {object} environment
   * @param {new (configuration?: RTCConfiguration) => RTCPeerConnection} environment.RTCPeerConnection
   * @param {import("../avatar-relay.js").Clock} environment.clock
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
   * @param {import("../protocol.js").Description<"offer">} offer
   * @returns {Promise<import("../protocol.js").Description<"answer">>}
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
   * @returns {Promise<import("../protocol.js").Description<"offer">>}
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
   * @param {import("../protocol.js").Description<"answer">} answer
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

  /** Whether ICE and DTLS are done; a browser that does not tell (Firefox before 113) is believed at once. */
  get isSecured() {
    return (this.connection.connectionState ?? "connected") === "connected";
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
    connection.onconnectionstatechange = () => this.#connectionChanged();
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
    if (this.#isGathered) return;
    this.#isGathered = !found?.candidate;
    this.events.emit("candidate", found?.candidate ? plain(found) : null);
  }

  #connectionChanged() {
    const { connectionState, iceConnectionState } = this.connection;
    if (connectionState === "connected") this.events.emit("secured", {});
    if (connectionState === "failed" && isUp(iceConnectionState)) this.events.emit("unsecured", {});
  }

  async #iceChanged() {
    const state = this.connection.iceConnectionState;
    this.events.emit("ice", state);
    if (!isUp(state)) return;
    const report = await this.connection.getStats().catch(() => undefined);
    const pair = report && selectedPair(report);
    const text = JSON.stringify(pair);
    if (!pair || text === this.#lastPair) return;
    this.#lastPair = text;
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
 * Whether a path for media was found.
 * @param {RTCIceConnectionState} ice
 */
export function isUp(ice) {
  return ice === "connected" || ice === "completed";
}

/**
 * Exactly the members that the protocol knows: browsers add more to `toJSON` over time.
 * @param {RTCIceCandidate} found
 * @returns {CandidateInit}
 */
function plain({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
}

/** The data channel of a session, whoever opens it: its state and its messages as text. */
export class DataChannel {
  #events;
  /** @type {RTCDataChannel | undefined} */
  #channel;

  /** @param {Emitter<ChannelEvents>} events */
  constructor(events) {
    this.#events = events;
  }

  /**
   * Uses a channel that one of the two sides opened.
   * @param {RTCDataChannel} channel
   */
  adopt(channel) {
    // A provider that opens several is listened to on all of them and answered on the first.
    this.#channel ??= channel;
    channel.binaryType = "arraybuffer";
    // Chromium hands out the provider's channel open, and says once more that it opened.
    /** @type {RTCDataChannelState | undefined} */
    let told;
    const tell = (/** @type {RTCDataChannelState} */ state) => {
      if (state !== told) this.#events.emit("state", { state, label: channel.label });
      told = state;
    };
    channel.onopen = () => tell("open");
    channel.onclosing = () => tell("closing");
    channel.onclose = () => tell("closed");
    channel.onmessage = ({ data }) => this.#events.emit("message", decode(data));
    tell(channel.readyState);
  }

  /**
   * Throws `client.channelNotOpen`.
   * @param {string} text
   */
  send(text) {
    if (this.#channel?.readyState !== "open") {
      throw new SignalingError({ kind: "client.channelNotOpen", message: "The data channel is not open." });
    }
    this.#channel.send(text);
  }
}

/**
 * @param {unknown} data
 * @returns {{ text: string, binary: boolean }}
 */
function decode(data) {
  if (typeof data === "string") return { text: data, binary: false };
  return { text: new TextDecoder().decode(/** @type {ArrayBuffer} */ (data)), binary: true };
}
