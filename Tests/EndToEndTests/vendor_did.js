// The calls of D-ID's public HTTP demo page in their order, straight at the provider, from a page of another origin.
// Source: de-id/live-streaming-demo, streaming-client-api.js (2026-01). Written anew; window.seen is what tests read.
const API = new URLSearchParams(location.search).get("api");
const SERVICE = new URLSearchParams(location.search).get("service") ?? "talks";
const headers = { Authorization: "Basic any-key", "Content-Type": "application/json" };
const seen = (window.seen = { statuses: [], offerSections: 0, channel: undefined, bodies: [] });
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
  const created = await (await call("POST", "", { ...presenter, stream_warmup: true })).json();
  const { id, offer, ice_servers: iceServers, session_id } = created;
  streamId = id;
  sessionId = session_id;
  peer = new RTCPeerConnection({ iceServers });
  seen.channel = peer.createDataChannel("JanusDataChannel");
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

window.settle = async () => {
  await Promise.all(posted);
  posted = [];
};

window.speak = async () => {
  const script = {
    type: "text",
    provider: { type: "microsoft", voice_id: "en-US-AndrewNeural" },
    input: "I am the words of the demo.",
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
