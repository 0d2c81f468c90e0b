// Finds in a peer connection's statistics which kinds of candidate carry the media.

/** @typedef {import("./protocol.js").CandidatePair} CandidatePair */

/**
 * The selected pair: named by the transport (W3C webrtc-stats) or marked `selected` (Firefox); undefined if none is.
 * @param {RTCStatsReport} report
 * @returns {CandidatePair | undefined}
 */
export function selectedPair(report) {
  /** @type {Map<string, any>} */
  const entries = new Map();
  report.forEach((entry) => entries.set(entry.id, entry));
  const all = [...entries.values()];
  const named = all.find((entry) => entry.type === "transport" && entry.selectedCandidatePairId);
  const pair = named
    ? entries.get(named.selectedCandidatePairId)
    : all.find((entry) => entry.type === "candidate-pair" && entry.selected === true);
  const local = entries.get(pair?.localCandidateId);
  const remote = entries.get(pair?.remoteCandidateId);
  if (!local?.candidateType || !remote?.candidateType) return undefined;
  return { local: local.candidateType, remote: remote.candidateType, protocol: local.protocol ?? "udp" };
}
