// What a page sees and hears of a peer connection: statistics ten times a second, each picture's strip, each event.
import { readStrip, stripHeight } from "./frame-strip.js";

const EVERY_MS = 100;

/** Watches a peer connection, and plays what comes; `window.watch` is what tests read. */
export function watch(peer) {
  const video = document.body.appendChild(document.createElement("video"));
  const stream = new MediaStream();
  const latest = { at: performance.now(), energy: 0, audioBytes: 0, videoBytes: 0, frames: 0 };
  const watched = { samples: [], strips: [], events: [], ice: [], channels: [], latest, video };
  window.watch = watched;
  Object.assign(video, { srcObject: stream, autoplay: true, playsInline: true });
  video.addEventListener("loadedmetadata", () => video.play());
  peer.addEventListener("track", ({ track }) => stream.addTrack(track));
  peer.addEventListener("iceconnectionstatechange", () => watched.ice.push(peer.iceConnectionState));
  setInterval(async () => sample(watched, await peer.getStats()), EVERY_MS);
  lookAtPictures(video, watched.strips);
  return watched;
}

/** Notes what comes on a data channel, as it comes. */
export function listen(channel, watched) {
  channel.binaryType = "arraybuffer";
  watched.channels.push(channel.label);
  channel.addEventListener("message", ({ data }) => {
    const binary = typeof data !== "string";
    watched.events.push({ at: performance.now(), binary, text: binary ? new TextDecoder().decode(data) : data });
  });
}

function sample(watched, report) {
  const latest = { ...watched.latest, at: performance.now(), currentTime: watched.video.currentTime };
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      latest.energy = entry.totalAudioEnergy;
      latest.audioBytes = entry.bytesReceived;
    } else if (entry.type === "inbound-rtp" && entry.kind === "video") {
      latest.videoBytes = entry.bytesReceived;
      latest.frames = entry.framesDecoded;
      latest.freezes = entry.freezeCount;
      latest.size = [entry.frameWidth, entry.frameHeight];
      latest.codec = report.get(entry.codecId)?.mimeType;
    } else if (entry.type === "transport") {
      latest.dtls = [entry.dtlsState, entry.tlsVersion];
    }
  });
  watched.latest = latest;
  watched.samples.push(latest);
}

function lookAtPictures(video, strips) {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const look = (_, { expectedDisplayTime }) => {
    video.requestVideoFrameCallback(look);
    const [width, height] = [video.videoWidth, stripHeight(video.videoHeight)];
    Object.assign(pen.canvas, { width, height });
    pen.drawImage(video, 0, video.videoHeight - height, width, height, 0, 0, width, height);
    const strip = readStrip(pen.getImageData(0, 0, width, height));
    const shownAt = (performance.timeOrigin + expectedDisplayTime) % 2 ** 32;
    strips.push(strip ? { ...strip, delayMs: shownAt - strip.sentAt } : null);
  };
  video.requestVideoFrameCallback(look);
}
