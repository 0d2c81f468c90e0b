// The calls of D-ID's public HTTP demo page in their order, straight at the provider, from a page of another origin.
// Source: de-id/live-streaming-demo, streaming-client-api.js (2026-01). Written anew; window.seen is what tests read.
import { listen, watch } from "./watch.js";

const API = new URLSearchParams(location.search).get("api");
const SERVICE = new URLSearchParams(location.search).get("service") ?? "talks";
const query = new URLSearchParams(location.search);
const headers = { Authorization: `Basic ${query.get("key") ?? "any-key"}`, "Content-Type": "application/json" };
const seen = (window.seen = { statuses: [], offerSections: 0, channel: undefined, labels: [] });
let streamId, sessionId, peer;
let posted = [];

async function call(method, path, body) {
  const reply = await fetch(`${API}/${SERVICE}/streams${path}`, { method, headers, body: JSON.stringify(body) });
  seen.statuses.push(`${method} ${path.replace(streamId ?? "-", "{id}")} ${reply.status}`);
  return reply;
}

window.connect = async () => {
  const presenter =
    SERVICE === "clips"
      ? { presenter_id: "v2_public_alex@qcvo4gupoy", driver_id: "e3nbserss8" }
      : { source_url: "https://create-images-results.d-id.com/DefaultPresenters/Emma_f/v1_image.jpeg" };
  const options = { stream_warmup: true, ...JSON.parse(query.get("options") ?? "{}") };
  const created = await (await call("POST", "", { ...presenter, ...options })).json();
  const { id, offer, ice_servers: iceServers, session_id } = created;
  streamId = id;
  sessionId = session_id;
  peer = new RTCPeerConnection({ iceServers });
  const watched = watch(peer);
  seen.channel = peer.createDataChannel("JanusDataChannel");
  listen(seen.channel, watched);
  label(watched);
  peer.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate) {
      const { candidate: text, sdpMid, sdpMLineIndex } = candidate;
      posted.push(call("POST", `/${streamId}/ice`, { candidate: text, sdpMid, sdpMLineIndex, session_id }));
    } else {
      posted.push(call("POST", `/${streamId}/ice`, { session_id }));
      window.gathered = true;
    }
  });
  await peer.setRemoteDescription(offer);
  seen.offerSections = peer.getTransceivers().length;
  const answer = await peer.createAnswer();
  await peer.setLocalDescription(answer);
  await call("POST", `/${streamId}/sdp`, { answer, session_id });
};

// The page shows the talk only while video bytes grow, which it looks at every 500 ms.
function label(watched) {
  let before = 0;
  setInterval(() => {
    const now = watched.latest.videoBytes ?? 0;
    const word = now > before ? "streaming" : "empty";
    before = now;
    if (seen.labels.at(-1) !== word) seen.labels.push(word);
  }, 500);
}

window.settle = async () => {
  await Promise.all(posted);
  posted = [];
};

window.speak = async (text = "I am the words of the demo.") => {
  const script = {
    type: "text",
    provider: { type: "microsoft", voice_id: "en-US-AndrewNeural" },
    input: text,
    ssml: true,
  };
  const reply = await call("POST", `/${streamId}`, { script, config: { stitch: true }, session_id: sessionId });
  return reply.json();
};

// Also pressed before anything was created: the address then ends in `undefined`, the session id is missing.
window.destroy = async () => {
  const reply = await call("DELETE", `/${streamId}`, { session_id: sessionId });
  peer?.close();
  return reply.text();
};
