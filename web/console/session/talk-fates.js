// Tells when a talk whose fate was unknown is heard after all: a start that belongs to no talk that is known.

/** What the providers write on the data channel when they begin to speak (docs/mock.md, "What is seen and heard"). */
const START = /^stream\/started\b|"type"\s*:\s*"avatar_start_talking"/;
/** How many talks are remembered. */
const MAX_REMEMBERED = 64;

export class TalkFates {
  #resolved;
  /** How many requests to speak are not answered. */
  #asking = 0;
  /** @type {Set<string>} talks that are the answer to a request */
  #known = new Set();
  /** @type {Set<string>} talks that were accepted and have not begun */
  #expected = new Set();
  /** Starts that were heard before any answer that they may belong to. */
  #early = 0;

  /** @param {() => void} resolved called once for each talk of unknown fate that is heard */
  constructor(resolved) {
    this.#resolved = resolved;
  }

  asked() {
    this.#asking += 1;
  }

  /** @param {string} talk */
  answered(talk) {
    this.#asking -= 1;
    remember(this.#known, talk);
    if (this.#early > 0) this.#early -= 1;
  }

  /** @param {string} kind of the error that the request got */
  refused(kind) {
    this.#asking -= 1;
    if (this.#early === 0) return;
    this.#early -= 1;
    if (kind === "talk.unknown") this.#resolved();
  }

  /** @param {import("../../client/avatar-relay.js").TalkEvent} event */
  tell({ talk, phase }) {
    if (phase === "accepted") return remember(this.#expected, talk);
    // One that the relay knows, though this page was never told so.
    if (phase === "started" && !this.#known.has(talk)) this.#resolved();
    // Its start may be on its way here still, by the data channel.
    if (phase !== "started") this.#expected.delete(talk);
  }

  /** @param {string} text of the data channel */
  hear(text) {
    if (!START.test(text)) return;
    const [next] = this.#expected;
    if (next !== undefined) this.#expected.delete(next);
    else if (this.#asking > 0) this.#early += 1;
    else this.#resolved();
  }
}

/**
 * @param {Set<string>} talks
 * @param {string} talk
 */
function remember(talks, talk) {
  talks.add(talk);
  const [oldest] = talks;
  if (talks.size > MAX_REMEMBERED) talks.delete(oldest);
}
