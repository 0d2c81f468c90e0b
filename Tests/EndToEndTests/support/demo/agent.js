// The calls of D-ID's client SDK for an agent, in their order: profile, chat and stream, notifications socket, questions, ratings.
// Source: de-id/agents-sdk 2.0.5 (2026-08), what is public of its calls. Written anew; window.seen is what tests read.
import { listen, watch } from "./watch.js";

const query = new URLSearchParams(location.search);
const API = query.get("api");
const AGENT = query.get("agent") ?? "agt_ann";
const MODE = query.get("mode") ?? "Functional";
const OPTIONS = JSON.parse(query.get("options") ?? '{"fluent":true}');
// The wsURL of the SDK; D-ID's own has no path.
const SOCKET = API.replace(/^http/, "ws") + (query.get("socket") ?? "");
const random = () => Math.random().toString(16).slice(2);

const seen = (window.seen = { statuses: [], messages: [], errors: [], notifications: [], talks: [], mode: MODE, states: [] });
// What was told before the page had read the reply to its question.
const held = [];
let agent, chat, stream, peer, channel, socket, parts, videoId;
let connection = random();

const authorization = () => `Basic ${query.get("key") ?? "any-key"}~${connection}`;

class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
    this.kind = text.startsWith("{") ? JSON.parse(text).kind : undefined;
  }
}

async function call(method, path, body, headers = {}) {
  const reply = await fetch(`${API}${path}`, {
    method, headers: { ...headers, Authorization: authorization(), "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const ids = { [AGENT]: "{agent}", [chat?.id]: "{chat}", [stream?.id]: "{stream}" };
  seen.statuses.push(`${method} ${path.split("/").map((part) => ids[part] ?? part).join("/")} ${reply.status}`);
  if (!reply.ok) throw new Refused(reply.status, await reply.text());
  return reply.json();
}

/** As `createAgentManager`. */
window.create = async () => {
  agent = await call("GET", `/agents/${AGENT}/runtime`);
  return { type: agent.avatar.type, questions: agent.starter_message, greeting: agent.greetings[0] };
};

const hasChat = () => MODE !== "DirectPlayback" && MODE !== "Off";
const tried = () => (seen.mode === "Playground" ? { "X-Playground-Chat": "true" } : {});

window.connect = async () => {
  connection = random();
  const listening = MODE === "DirectPlayback" ? undefined : openSocket();
  if (hasChat()) chat ??= await call("POST", `/agents/${AGENT}/chat`, { persist: false }, tried());
  await openStream();
  socket = await listening;
  // The server may know better.
  if (chat && chat.chat_mode !== seen.mode) {
    seen.mode = chat.chat_mode;
    if (seen.mode !== "Functional") await window.disconnect();
  }
};

const openSocket = () =>
  new Promise((settle, fail) => {
    const opened = new WebSocket(`${SOCKET}?authorization=${encodeURIComponent(authorization())}`);
    opened.onmessage = ({ data }) => notified(JSON.parse(data));
    opened.onopen = () => settle(opened);
    opened.onerror = () => fail(new Error("no socket"));
  });

function notified(data) {
  const at = performance.now();
  seen.notifications.push({ at, ...data });
  if (!("content" in data)) return;
  // The SDK loses what comes before the reply; here it waits, since a busy machine reads replies late, and `early` judges it.
  if (seen.messages.at(-1)?.role === "assistant") take(data);
  else held.push({ at, data });
}

function take(data) {
  const latest = seen.messages.at(-1);
  if (data.event === "chat/partial") {
    parts[data.sequence] = data.content;
    latest.partials += 1;
  } else {
    latest.isComplete = true;
  }
  latest.content = data.event === "chat/answer" ? data.content : parts.slice(0, holeIn(parts)).join("");
}

function holeIn(list) {
  const hole = Array.from(list).findIndex((part) => part === undefined);
  return hole < 0 ? list.length : hole;
}

async function openStream() {
  stream = await call("POST", `/agents/${AGENT}/streams`, OPTIONS);
  const { id, session_id } = stream;
  const path = `/agents/${AGENT}/streams/${id}`;
  peer = new RTCPeerConnection({ iceServers: stream.ice_servers });
  const watched = watch(peer);
  channel = peer.createDataChannel("JanusDataChannel");
  listen(channel, watched);
  channel.addEventListener("message", ({ data }) => spoken(data));
  const open = new Promise((settle) => channel.addEventListener("open", settle));
  peer.addEventListener("icecandidate", ({ candidate }) => {
    const { candidate: text, sdpMid, sdpMLineIndex } = candidate ?? { candidate: null };
    call("POST", `${path}/ice`, { session_id, candidate: text, sdpMid, sdpMLineIndex }).catch((error) => seen.errors.push(error.message));
  });
  await peer.setRemoteDescription(stream.offer);
  const answer = await peer.createAnswer();
  await peer.setLocalDescription(answer);
  await call("POST", `${path}/sdp`, { session_id, answer });
  await open;
  seen.states.push("connected");
}

function spoken(data) {
  const [, subject, payload] = data.match(/^([^:]*):?(.*)$/s);
  if (subject === "stream/started") videoId = JSON.parse(payload).metadata.videoId;
  if (subject === "stream/done") videoId = undefined;
  seen.talks.push(`${subject} ${payload}`);
}

window.chat = async (text) => {
  parts = [];
  held.length = 0;
  seen.messages.push({ id: random(), role: "user", content: text, created_at: new Date().toISOString(), parts: [{ type: "text", text }] });
  chat ??= await call("POST", `/agents/${AGENT}/chat`, { persist: false }, tried());
  const ask = () =>
    call(
      "POST", `/agents/${AGENT}/chat/${chat.id}`,
      {
        chatMode: seen.mode, streamId: stream?.id, sessionId: stream?.session_id,
        messages: seen.messages.map(({ partials, isComplete, matches, ...message }) => message),
      },
      tried());
  let reply;
  try {
    reply = await ask();
  } catch (error) {
    if (!/Stream Error|missing or invalid session_id/.test(error.message)) throw error;
    await window.disconnect();
    await window.connect();
    reply = await ask();
  }
  seen.messages.push({
    id: random(), role: "assistant", content: reply.result ?? "", created_at: new Date().toISOString(), parts: [], partials: 0,
    isComplete: Boolean(reply.result), matches: reply.matches,
  });
  for (const { data } of held) take(data);
  return reply;
};

/** What was told before the reply to its question had come to this machine. */
window.early = () => {
  const replies = performance.getEntriesByName(`${API}/agents/${AGENT}/chat/${chat.id}`);
  const came = (at) => replies.findLast(({ startTime }) => startTime <= at).responseEnd;
  return held.filter(({ at }) => at < came(at));
};

window.speak = (text) => {
  const script = { type: "text", provider: agent.presenter.voice, input: text, ssml: false };
  const metadata = { chat_id: chat?.id, agent_id: AGENT };
  return call("POST", `/agents/${AGENT}/streams/${stream.id}`, { script, metadata, session_id: stream.session_id });
};

window.interrupt = () => channel.send(JSON.stringify({ type: "stream/interrupt", videoId, timestamp: Date.now() }));

window.rate = (score, id) => {
  const message = seen.messages.at(-1);
  const matches = (message.matches ?? []).map((match) => [match.document_id, match.id]);
  const path = `/agents/${AGENT}/chat/${chat.id}/ratings${id ? `/${id}` : ""}`;
  return call(id ? "PATCH" : "POST", path, { knowledge_id: agent.knowledge.id, message_id: message.id, matches, score });
};

window.unrate = (id) => call("DELETE", `/agents/${AGENT}/chat/${chat.id}/ratings/${id}`);
window.feedback = (rating, answer) => call("POST", `/agents/${AGENT}/chat/${chat.id}/feedback`, { rating, answer });
window.speechToken = () => call("GET", `/agents/${AGENT}/stt-token`);

window.disconnect = async () => {
  socket?.close();
  const isConnected = ["connected", "completed"].includes(peer?.iceConnectionState);
  peer?.close();
  if (isConnected) await call("DELETE", `/agents/${AGENT}/streams/${stream.id}`, { session_id: stream.session_id });
  [socket, peer, stream] = [];
  seen.states.push("disconnected");
};

/** What a call is refused with. */
window.refusal = (run) => run().then(() => null, ({ status, kind, message }) => ({ status, kind, message }));
