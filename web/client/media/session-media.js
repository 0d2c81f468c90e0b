// Carries the media of a session: negotiates it, tells relay and page what becomes of it, and plays it in a video.
import { SignalingError } from "../connection/signaling-error.js";
import { PeerConnection, isUp } from "./peer-connection.js";
import { mediaStatistics } from "./statistics.js";

/** @typedef {import("../protocol.js").OpenedSession} OpenedSession */
/** @typedef {import("../session/events.js").SessionListeners} SessionListeners */
/** @typedef {import("../protocol.js").CandidateInit} CandidateInit */
/** @typedef {Pick<import("../connection/signaling-client.js").SignalingClient, "request">} Requests */

/** The longest data-channel message that the relay takes, in UTF-8 bytes. */
const MAX_MESSAGE_BYTES = 16 * 1024;

export class SessionMedia {
  #options;
  #clock;
  #listeners;
  /** @type {PeerConnection | undefined} */
  #peer;
  /** @type {Negotiation | undefined} */
  #negotiation;
  /** @type {MediaStream | undefined} */
  stream;

  /**
   * @param {import("../avatar-relay.js").SessionOptions} options
   * @param {import("../avatar-relay.js").Clock} clock
   * @param {SessionListeners} listeners
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
   * @param {Requests} client
   * @param {OpenedSession} opened
   */
  begin(client, opened) {
    const { RTCPeerConnection = globalThis.RTCPeerConnection, rtcConfiguration } = this.#options;
    this.#peer = new PeerConnection(opened, { RTCPeerConnection, rtcConfiguration, clock: this.#clock });
    const { session } = opened;
    const background = (/** @type {Promise<unknown>} */ work) => this.#listeners.inBackground(work);
    reportToRelay(this.#peer, (report) => background(client.request("session.report", { session, ...report })));
    forwardEvents(this.#peer, this.#listeners, this.#ownStream(), session);
    this.#negotiation = new Negotiation(client, opened, this.#peer, background);
  }

  /** Resolves once the provider and the browser accepted each other's descriptions. */
  async negotiate() {
    await this.#negotiation?.run();
  }

  /** @param {CandidateInit | null} candidate */
  async addCandidate(candidate) {
    await this.#peer?.addCandidate(candidate);
  }

  /** @param {string} text */
  send(text) {
    this.#peer?.send(text);
  }

  /** @param {HTMLVideoElement} video */
  attach(video) {
    return attachVideo(video, this.#ownStream(), (event) => this.#listeners.emit("autoplay", event));
  }

  /** What the browser counts; undefined without a peer connection. */
  async statistics() {
    const report = await this.#peer?.connection.getStats();
    return report && mediaStatistics(report);
  }

  close() {
    this.#peer?.close();
  }

  #ownStream() {
    const { MediaStream = globalThis.MediaStream } = this.#options;
    this.stream ??= new MediaStream();
    return this.stream;
  }
}

/** The relay may wait for the provider, and repeat a call that failed, before it answers. */
const DESCRIPTION_TIMEOUT_MS = 60_000;
const timing = { timeoutMs: DESCRIPTION_TIMEOUT_MS };

/** Exchanges descriptions and candidates with the provider, in the order that it needs. */
class Negotiation {
  #requests;
  #opened;
  #peer;
  #background;
  /** @type {(CandidateInit | null)[] | undefined} the browser's, until its description was sent */
  #heldCandidates = [];

  /**
   * @param {Requests} requests
   * @param {OpenedSession} opened
   * @param {import("./peer-connection.js").PeerConnection} peer
   * @param {(work: Promise<unknown>) => void} background takes what is not awaited here
   */
  constructor(requests, opened, peer, background) {
    this.#requests = requests;
    this.#opened = opened;
    this.#peer = peer;
    this.#background = background;
    if (opened.capabilities.trickle) peer.events.on("candidate", (candidate) => this.#trickle(candidate));
  }

  /** Resolves once the provider accepted the browser's description, or the browser the provider's. */
  async run() {
    if (this.#opened.offer) await this.#answer(this.#opened.offer);
    else await this.#offer();
  }

  /** @param {import("../protocol.js").Description<"offer">} offer */
  async #answer(offer) {
    const { session } = this.#opened;
    const answer = await this.#peer.answer(offer);
    const accepted = this.#requests.request("session.answer", { session, answer }, timing);
    this.#releaseCandidates();
    await accepted;
  }

  async #offer() {
    const { session } = this.#opened;
    const offer = await this.#peer.offer();
    const described = this.#requests.request("session.offer", { session, offer }, timing);
    this.#releaseCandidates();
    await this.#peer.accept((await described).answer);
  }

  /** @param {CandidateInit | null} candidate */
  #trickle(candidate) {
    if (this.#heldCandidates) {
      this.#heldCandidates.push(candidate);
      return;
    }
    const { session } = this.#opened;
    this.#background(this.#requests.request("session.candidate", { session, candidate }, timing));
  }

  #releaseCandidates() {
    const held = this.#heldCandidates ?? [];
    this.#heldCandidates = undefined;
    for (const candidate of held) this.#trickle(candidate);
  }
}

/**
 * Turns what a peer connection does into `session.report` parameters, in the order in which it happens.
 * @param {PeerConnection} peer
 * @param {(report: import("../protocol.js").Report) => void} tell
 */
function reportToRelay(peer, tell) {
  // That a path is found is told once media can flow on it: a session that is live may be spoken to, and before DTLS is
  // done providers refuse that.
  /** @type {RTCIceConnectionState | undefined} */
  let held;
  const release = () => {
    if (held) tell({ iceConnectionState: held });
    held = undefined;
  };
  peer.events.on("ice", (state) => {
    held = state;
    if (!isUp(state) || peer.isSecured) release();
  });
  peer.events.on("secured", release);
  peer.events.on("pair", (candidatePair) => tell({ candidatePair }));
  peer.channelEvents.on("state", ({ state }) => state !== "connecting" && tell({ dataChannelState: state }));
  peer.channelEvents.on("message", ({ text }) => {
    // A longer one is no event of any provider, and half of one would mislead.
    if (new TextEncoder().encode(text).length <= MAX_MESSAGE_BYTES) tell({ dataChannelMessage: text });
  });
}

/**
 * Turns what a peer connection does into events of the session.
 * @param {PeerConnection} peer
 * @param {SessionListeners} listeners
 * @param {MediaStream} stream collects the tracks
 * @param {string} session
 */
function forwardEvents(peer, listeners, stream, session) {
  peer.events.on("candidate", (candidate) => listeners.emit("candidate", { from: "browser", candidate }));
  peer.events.on("pair", (pair) => listeners.emit("candidatepair", pair));
  peer.events.on("track", (track) => {
    stream.addTrack(track);
    listeners.emit("track", { track, stream });
  });
  let media = "none";
  peer.events.on("ice", (state) => {
    listeners.emit("ice", { state });
    if (isUp(state)) media = "found";
    // Chromium says "disconnected" where no pair ever worked, and "failed" long after.
    if (media === "missed" || !(state === "failed" || (state === "disconnected" && media === "none"))) return;
    media = "missed";
    const message = "No path for media was found between this browser and the provider.";
    listeners.reportError(new SignalingError({ kind: "client.iceFailed", message }));
  });
  peer.events.on("unsecured", () => {
    const message = "A path for media was found, but the browser and the provider could not secure it (DTLS).";
    listeners.reportError(new SignalingError({ kind: "client.peerFailed", message }));
  });
  peer.channelEvents.on("state", (event) => listeners.emit("channel", event));
  peer.channelEvents.on("message", (event) => {
    listeners.emit("channelmessage", event);
    if (/^stream\/ready\b/.test(event.text)) listeners.emit("ready", { session });
  });
}

/**
 * Plays the stream, muted where sound is refused without a click. Returns a function that detaches.
 * @param {HTMLVideoElement} video
 * @param {MediaStream} stream
 * @param {(event: { video: HTMLVideoElement, muted: boolean }) => void} onRefused
 * @returns {() => void}
 */
export function attachVideo(video, stream, onRefused) {
  video.playsInline = true;
  video.autoplay = true;
  video.srcObject = stream;
  const start = () => void play(video, onRefused);
  // The element starts to load when the first track comes, so playing is tried then and not before.
  video.addEventListener("loadedmetadata", start);
  if (stream.getTracks().length > 0) start();
  return () => {
    video.removeEventListener("loadedmetadata", start);
    if (video.srcObject === stream) video.srcObject = null;
  };
}

/**
 * @param {HTMLVideoElement} video
 * @param {(event: { video: HTMLVideoElement, muted: boolean }) => void} onRefused
 */
async function play(video, onRefused) {
  try {
    await video.play();
  } catch (error) {
    // AbortError means that another load or detach came in between; only NotAllowedError is the autoplay policy.
    if (!(error instanceof Error) || error.name !== "NotAllowedError" || video.muted) return;
    video.muted = true;
    onRefused({ video, muted: true });
    await video.play().catch(() => {});
  }
}
