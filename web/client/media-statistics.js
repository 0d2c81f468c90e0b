// Reads a peer connection's statistics: what carries the media, and what came so far.
import { entriesOf, kinds, selectedEntries } from "./candidate-pair.js";

/** @typedef {import("./avatar-relay.js").MediaStatistics} MediaStatistics */
/** @typedef {import("./candidate-pair.js").Entries} Entries */

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
