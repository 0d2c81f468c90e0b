// Finds in a peer connection's statistics which candidates carry the media.

/** @typedef {import("./protocol.js").CandidatePair} CandidatePair */
/** @typedef {Map<string, any>} Entries an entry's members differ from browser to browser */

/**
 * The entries of a report by their ids.
 * @param {RTCStatsReport} report
 * @returns {Entries}
 */
export function entriesOf(report) {
  const entries = new Map();
  report.forEach((entry) => entries.set(entry.id, entry));
  return entries;
}

/**
 * The entries of the selected pair, which is named by the transport (W3C webrtc-stats) or marked `selected` (Firefox);
 * undefined if none is.
 * @param {Entries} entries
 */
export function selectedEntries(entries) {
  const all = [...entries.values()];
  const named = all.find((entry) => entry.type === "transport" && entry.selectedCandidatePairId);
  const pair = named
    ? entries.get(named.selectedCandidatePairId)
    : all.find((entry) => entry.type === "candidate-pair" && entry.selected === true);
  const local = entries.get(pair?.localCandidateId);
  const remote = entries.get(pair?.remoteCandidateId);
  return local?.candidateType && remote?.candidateType ? { pair, local, remote } : undefined;
}

/**
 * The kinds of candidate of the selected pair; undefined if none is.
 * @param {RTCStatsReport} report
 * @returns {CandidatePair | undefined}
 */
export function selectedPair(report) {
  const selected = selectedEntries(entriesOf(report));
  return selected && kinds(selected);
}

/**
 * @param {{ local: any, remote: any }} selected
 * @returns {CandidatePair}
 */
export function kinds({ local, remote }) {
  return { local: local.candidateType, remote: remote.candidateType, protocol: local.protocol ?? "udp" };
}
