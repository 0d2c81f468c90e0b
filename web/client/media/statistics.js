// Reads a peer connection's statistics: which candidates carry the media, and what came so far.

/** @typedef {import("../avatar-relay.js").MediaStatistics} MediaStatistics */
/** @typedef {import("../protocol.js").CandidatePair} CandidatePair */
/** @typedef {Map<string, any>} Entries an entry's members differ from browser to browser */

/**
 * The statistics in one shape for all browsers (W3C webrtc-stats).
 * @param {RTCStatsReport} report
 * @returns {MediaStatistics}
 */
export function mediaStatistics(report) {
  const entries = entriesOf(report);
  const [video, audio] = [received(entries, "video"), received(entries, "audio")];
  return {
    at: Math.max(0, ...[...entries.values()].map(({ timestamp }) => timestamp ?? 0)),
    path: path(entries),
    video: video && {
      ...track(entries, video),
      width: video.frameWidth ?? 0,
      height: video.frameHeight ?? 0,
      framesDecoded: video.framesDecoded ?? 0,
      framesDropped: video.framesDropped ?? 0,
      freezes: video.freezeCount,
    },
    audio: audio && { ...track(entries, audio), energy: audio.totalAudioEnergy },
  };
}

/**
 * @param {Entries} entries
 * @returns {MediaStatistics["path"]}
 */
function path(entries) {
  const selected = selectedEntries(entries);
  if (!selected) return undefined;
  const { pair, remote } = selected;
  return {
    ...kinds(selected),
    remoteAddress: remote.address ? written(remote.address, remote.port) : undefined,
    roundTripMs: pair.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
  };
}

/**
 * An address with its port, an IPv6 one in brackets (RFC 5952, section 6).
 * @param {string} address
 * @param {number | undefined} port
 */
function written(address, port) {
  const host = address.includes(":") ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
}

/**
 * @param {Entries} entries
 * @param {"audio" | "video"} kind
 */
function received(entries, kind) {
  return [...entries.values()].find((entry) => entry.type === "inbound-rtp" && entry.kind === kind);
}

/**
 * @param {Entries} entries
 * @param {any} entry
 */
function track(entries, entry) {
  /** @type {string | undefined} */
  const mimeType = entries.get(entry.codecId)?.mimeType;
  return {
    codec: mimeType?.split("/")[1],
    bytes: entry.bytesReceived ?? 0,
    packets: entry.packetsReceived ?? 0,
    packetsLost: entry.packetsLost ?? 0,
    jitterMs: entry.jitter === undefined ? undefined : entry.jitter * 1000,
  };
}

/**
 * The entries of a report by their ids.
 * @param {RTCStatsReport} report
 * @returns {Entries}
 */
function entriesOf(report) {
  const entries = new Map();
  report.forEach((entry) => entries.set(entry.id, entry));
  return entries;
}

/**
 * The entries of the selected pair, which is named by the transport (W3C webrtc-stats) or marked `selected` (Firefox);
 * undefined if none is.
 * @param {Entries} entries
 */
function selectedEntries(entries) {
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
function kinds({ local, remote }) {
  return { local: local.candidateType, remote: remote.candidateType, protocol: local.protocol ?? "udp" };
}
