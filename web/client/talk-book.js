// How far each talk came, so that a summary of the relay can be told as the events that were missed.

/** @typedef {import("./protocol.js").TalkPhase} TalkPhase */

/** How many talks are remembered; a summary of the relay names no more. */
export const MAX_TALKS = 64;
const PHASES = ["accepted", "started", "ended", "failed"];

export class TalkBook {
  /** @type {Map<string, TalkPhase>} */
  #phases = new Map();

  /**
   * @param {string} talk
   * @param {TalkPhase} phase
   */
  note(talk, phase) {
    this.#phases.delete(talk);
    this.#phases.set(talk, phase);
    const [oldest] = this.#phases.keys();
    if (this.#phases.size > MAX_TALKS && oldest !== undefined) this.#phases.delete(oldest);
  }

  /**
   * What of a summary was not known yet.
   * @param {import("./protocol.js").Snapshot["talks"]} talks
   * @returns {{ talk: string, phase: TalkPhase, durationMs: number | undefined }[]}
   */
  missed(talks) {
    const news = [];
    for (const { talk, phase, durationMs } of talks) {
      const known = PHASES.indexOf(this.#phases.get(talk) ?? "");
      // A phase that is "unknown" tells nothing.
      if (PHASES.indexOf(phase) <= known) continue;
      news.push({ talk, phase: /** @type {TalkPhase} */ (phase), durationMs });
    }
    return news;
  }
}
