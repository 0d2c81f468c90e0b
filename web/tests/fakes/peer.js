// A peer connection without a network: the test plays the browser's ICE agent and the provider.

export class FakeChannel {
  /** @type {RTCDataChannelState} */
  readyState = "connecting";
  binaryType = "blob";
  /** @type {string[]} */
  sent = [];
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {(() => void) | null} */
  onclosing = null;
  /** @type {(() => void) | null} */
  onclose = null;
  /** @type {((event: { data: unknown }) => void) | null} */
  onmessage = null;

  /** @param {string} label */
  constructor(label) {
    this.label = label;
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(text);
  }

  open() {
    this.readyState = "open";
    this.onopen?.();
  }

  close() {
    this.readyState = "closed";
    this.onclose?.();
  }

  /** @param {string} text */
  message(text) {
    this.onmessage?.({ data: text });
  }

  /** @param {string} text */
  binaryMessage(text) {
    this.onmessage?.({ data: new TextEncoder().encode(text).buffer });
  }
}

export class FakePeer {
  /** @type {string[]} what was done to it, in order */
  calls = [];
  /** @type {RTCIceConnectionState} */
  iceConnectionState = "new";
  /** @type {RTCPeerConnectionState | undefined} as in a browser that does not tell, until a test says it */
  connectionState;
  /** @type {RTCIceGatheringState} */
  iceGatheringState = "new";
  /** @type {RTCSessionDescriptionInit | undefined} */
  localDescription;
  /** @type {RTCSessionDescriptionInit | undefined} */
  remoteDescription;
  /** @type {(RTCIceCandidateInit | undefined)[]} */
  remoteCandidates = [];
  /** @type {FakeChannel[]} */
  channels = [];
  /** @type {((event: { candidate: object | null }) => void) | null} */
  onicecandidate = null;
  /** @type {(() => void) | null} */
  oniceconnectionstatechange = null;
  /** @type {(() => void) | null} */
  onconnectionstatechange = null;
  /** @type {(() => void) | null} */
  onicegatheringstatechange = null;
  /** @type {((event: { track: object }) => void) | null} */
  ontrack = null;
  /** @type {((event: { channel: FakeChannel }) => void) | null} */
  ondatachannel = null;
  /** @type {Map<string, object>} */
  stats = new Map();
  /** The SDP that is given out as answer or offer. */
  sdp = "v=0\r\n";
  /** @type {Error | undefined} what setRemoteDescription throws */
  refusal;

  /** @param {RTCConfiguration} [configuration] */
  constructor(configuration) {
    this.configuration = configuration;
  }

  /** @param {string} label */
  createDataChannel(label) {
    this.calls.push(`createDataChannel ${label}`);
    const channel = new FakeChannel(label);
    this.channels.push(channel);
    return channel;
  }

  /**
   * @param {string} kind
   * @param {{ direction: string }} init
   */
  addTransceiver(kind, init) {
    this.calls.push(`addTransceiver ${kind} ${init.direction}`);
  }

  /** @param {RTCSessionDescriptionInit} description */
  async setRemoteDescription(description) {
    this.calls.push(`setRemoteDescription ${description.type}`);
    if (this.refusal) throw this.refusal;
    this.remoteDescription = description;
  }

  async createAnswer() {
    this.calls.push("createAnswer");
    return { type: "answer", sdp: this.sdp };
  }

  async createOffer() {
    this.calls.push("createOffer");
    return { type: "offer", sdp: this.sdp };
  }

  /** @param {RTCSessionDescriptionInit} description */
  async setLocalDescription(description) {
    this.calls.push(`setLocalDescription ${description.type}`);
    this.localDescription = description;
  }

  /** @param {RTCIceCandidateInit} [candidate] */
  async addIceCandidate(candidate) {
    this.calls.push("addIceCandidate");
    this.remoteCandidates.push(candidate);
  }

  async getStats() {
    return this.stats;
  }

  close() {
    this.calls.push("close");
  }

  /** @param {import("../../client/protocol.js").CandidateInit | null} candidate */
  gather(candidate) {
    this.onicecandidate?.({ candidate: candidate && { foundation: "1", ...candidate } });
  }

  /** @param {RTCIceConnectionState} state */
  ice(state) {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
  }

  /** @param {RTCPeerConnectionState} state */
  connection(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  /**
   * The provider opens a channel.
   * @param {string} label
   */
  providerOpens(label) {
    const channel = new FakeChannel(label);
    this.channels.push(channel);
    this.ondatachannel?.({ channel });
    return channel;
  }

  /**
   * The statistics name a selected pair.
   * @param {import("../../client/protocol.js").CandidatePair} pair
   */
  select({ local, remote, protocol }) {
    this.stats = new Map(
      [
        { id: "T", type: "transport", selectedCandidatePairId: "P" },
        { id: "P", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R" },
        { id: "L", type: "local-candidate", candidateType: local, protocol },
        { id: "R", type: "remote-candidate", candidateType: remote, protocol },
      ].map((entry) => [entry.id, entry]),
    );
  }
}

export class FakeStream {
  /** @type {object[]} */
  #tracks = [];
  /** @param {object} track */
  addTrack(track) {
    this.#tracks.push(track);
  }
  getTracks() {
    return this.#tracks;
  }
}

/**
 * Constructors to inject, and the peers that were made with them.
 * @param {(peer: FakePeer) => void} [prepare]
 */
export function peerFactory(prepare = () => {}) {
  /** @type {FakePeer[]} */
  const peers = [];
  class Peer extends FakePeer {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      prepare(this);
      peers.push(this);
    }
  }
  return {
    peers,
    RTCPeerConnection: /** @type {any} */ (Peer),
    MediaStream: /** @type {any} */ (FakeStream),
  };
}
