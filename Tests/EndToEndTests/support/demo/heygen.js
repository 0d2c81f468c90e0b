// The calls of HeyGen's public v1 demo page in their order, straight at the provider, from a page of another origin.
// Source: HeyGen-Official/StreamingAvatar, index.js (2024). Written anew; window.seen is what tests read.
import { listen, watch } from "./watch.js";

const API = new URLSearchParams(location.search).get("api");
const query = new URLSearchParams(location.search);
// The SDK of 2024 (HeyGen-Official/StreamingAvatarSDK 1.0) shows a token that its backend asked for.
const token = query.get("token");
const credential = token ? { Authorization: `Bearer ${token}` } : { "X-Api-Key": query.get("key") ?? "any-key" };
const headers = { "Content-Type": "application/json", ...credential };
const seen = (window.seen = { statuses: [], offerSections: 0 });
let session, peer;
let posted = [];

async function call(name, body) {
  const reply = await fetch(`${API}/v1/streaming.${name}`, { method: "POST", headers, body: JSON.stringify(body) });
  seen.statuses.push(`${name} ${reply.status}`);
  if (reply.status === 500) throw new Error("Server error");
  return (await reply.json()).data;
}

window.create = async () => {
  session = await call("new", {
    quality: "high",
    avatar_name: "",
    voice: { voice_id: "" },
    ...JSON.parse(query.get("options") ?? "{}"),
  });
  const { sdp, ice_servers2: iceServers } = session;
  peer = new RTCPeerConnection({ iceServers });
  // From the first moment, so that candidates come before the start.
  peer.onicecandidate = ({ candidate }) => {
    if (candidate) {
      posted.push(call("ice", { session_id: session.session_id, candidate: candidate.toJSON() }));
    } else {
      window.gathered = true;
    }
  };
  const watched = watch(peer);
  peer.ondatachannel = ({ channel }) => listen(channel, watched);
  peer.ontrack = () => (seen.offerSections += 1);
  await peer.setRemoteDescription(new RTCSessionDescription(sdp));
};

window.begin = async () => {
  const answer = await peer.createAnswer();
  await peer.setLocalDescription(answer);
  await call("start", { session_id: session.session_id, sdp: answer });
  const receivers = peer.getReceivers();
  for (const receiver of receivers) receiver.jitterBufferTarget = 500;
};

window.settle = async () => {
  await Promise.all(posted);
  posted = [];
};

window.speak = (text = "I am the words of the demo.") => call("task", { session_id: session.session_id, text });
window.interrupt = () => call("interrupt", { session_id: session.session_id });

// The peer connection is closed first.
window.stop = () => {
  peer.close();
  return call("stop", { session_id: session.session_id });
};
