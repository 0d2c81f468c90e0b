// What browsers count, in one shape.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mediaStatistics } from "../client/media/statistics.js";

const CHROMIUM = [
  { id: "T01", type: "transport", timestamp: 900, selectedCandidatePairId: "CP1" },
  { id: "CP0", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "X", currentRoundTripTime: 9 },
  { id: "CP1", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R", currentRoundTripTime: 0.0015 },
  { id: "L", type: "local-candidate", timestamp: 900, candidateType: "host", protocol: "udp" },
  { id: "R", type: "remote-candidate", timestamp: 900, candidateType: "prflx", address: "fd00::1", port: 40000 },
  { id: "V", type: "inbound-rtp", kind: "video", timestamp: 1000.5, codecId: "C1", bytesReceived: 7,
    packetsReceived: 2, packetsLost: 1, jitter: 0.004, framesDecoded: 20, framesDropped: 3, freezeCount: 1,
    frameWidth: 512, frameHeight: 512 },
  { id: "A", type: "inbound-rtp", kind: "audio", timestamp: 1000.5, codecId: "C2", bytesReceived: 5, packetsReceived: 4,
    packetsLost: 0, totalAudioEnergy: 0.25 },
  { id: "C1", type: "codec", timestamp: 0, mimeType: "video/H264" },
  { id: "C2", type: "codec", timestamp: 0, mimeType: "audio/opus" },
];
const report = (/** @type {{ id: string }[]} */ entries) =>
  /** @type {RTCStatsReport} */ (/** @type {unknown} */ (new Map(entries.map((entry) => [entry.id, entry]))));

test("Chromium's statistics, with the pair that its transport names", () => {
  assert.deepEqual(mediaStatistics(report(CHROMIUM)), {
    at: 1000.5,
    path: { local: "host", remote: "prflx", protocol: "udp", remoteAddress: "[fd00::1]:40000", roundTripMs: 1.5 },
    video: { codec: "H264", bytes: 7, packets: 2, packetsLost: 1, jitterMs: 4, width: 512, height: 512,
      framesDecoded: 20, framesDropped: 3, freezes: 1 },
    audio: { codec: "opus", bytes: 5, packets: 4, packetsLost: 0, jitterMs: undefined, energy: 0.25 },
  });
});

test("Firefox names no transport, and hides addresses", () => {
  const entries = CHROMIUM.filter(({ type }) => type !== "transport").map((entry) =>
    entry.id === "CP1" ? { ...entry, selected: true, currentRoundTripTime: undefined }
    : entry.id === "R" ? { ...entry, address: undefined } : entry);
  assert.deepEqual(mediaStatistics(report(entries)).path,
    { local: "host", remote: "prflx", protocol: "udp", remoteAddress: undefined, roundTripMs: undefined });
});

test("before anything came there is nothing to tell", () => {
  assert.deepEqual(mediaStatistics(report([])), { at: 0, path: undefined, video: undefined, audio: undefined });
  const [video] = [{ id: "V", type: "inbound-rtp", kind: "video", timestamp: 1 }];
  assert.deepEqual(mediaStatistics(report([video])).video, { codec: undefined, bytes: 0, packets: 0, packetsLost: 0,
    jitterMs: undefined, width: 0, height: 0, framesDecoded: 0, framesDropped: 0, freezes: undefined });
});
