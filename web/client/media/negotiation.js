// Exchanges descriptions and candidates with the provider, in the order that it needs.

/** @typedef {import("../protocol.js").CandidateInit} CandidateInit */
/** @typedef {import("../protocol.js").OpenedSession} OpenedSession */
/** @typedef {Pick<import("../connection/signaling-client.js").SignalingClient, "request">} Requests */

/** The relay may wait for the provider, and repeat a call that failed, before it answers. */
const DESCRIPTION_TIMEOUT_MS = 60_000;

export class Negotiation {
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

const timing = { timeoutMs: DESCRIPTION_TIMEOUT_MS };
