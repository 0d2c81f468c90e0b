// The golden transcripts, replayed into the client: what it sends is compared with what they say a client sends.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AvatarSession, SignalingClient } from "../client/avatar-relay.js";
import { ManualClock } from "./fakes/clock.js";
import { peerFactory } from "./fakes/peer.js";
import { settle } from "./fakes/settle.js";
import { socketFactory } from "./fakes/socket.js";
import { transcript, transcriptNames } from "./fakes/transcript.js";

/** @typedef {import("./fakes/transcript.js").Line} Line */

const url = "ws://relay.test/v1/signaling";
/** These hold messages that this client cannot be made to send; only what comes from the relay is replayed. */
const MISBEHAVING = new Set(["errors", "conflict-and-stale-ids"]);
/** These are about several sessions, a token or a failed opening, so a connection replays them and not one session. */
const SEVERAL_SESSIONS = ["provider-limit", "draining", "expiring-and-idle", "close-idempotent", "close-overtakes", "access"];
/** Here a client has several parts of a text on their way; a session of this one has one (streamed-talks.test.js). */
const PARTS_AT_ONCE = ["streamed-interrupted", "streamed-talk"];
const NOT_ONE_SESSION = new Set([...MISBEHAVING, ...SEVERAL_SESSIONS, ...PARTS_AT_ONCE]);

async function connected() {
  const { WebSocket, sockets } = socketFactory();
  const client = new SignalingClient({ url, WebSocket, clock: new ManualClock() });
  const connecting = client.connect();
  sockets[0].accept();
  await connecting;
  return { client, socket: sockets[0] };
}

describe("a connection follows every transcript", () => {
  for (const name of transcriptNames().filter((name) => !MISBEHAVING.has(name))) {
    test(name, async () => {
      const { client, socket } = await connected();
      /** @type {any[]} */
      const heard = [];
      client.on("notification", ({ method, params }) => heard.push({ jsonrpc: "2.0", method, params }));
      client.on("error", (error) => assert.fail(error.message));
      /** @type {Map<number, Promise<unknown>>} */
      const asked = new Map();
      const answerTo = (/** @type {number} */ id) => asked.get(id) ?? assert.fail(`${id} was not asked`);
      for (const { from, message } of transcript(name)) {
        if (from === "client") {
          const { method, params } = message;
          const work = client.request(method, params);
          work.catch(() => {});
          asked.set(message.id, work);
          assert.deepEqual(socket.sent.at(-1), message);
          continue;
        }
        socket.deliver(message);
        if (message.method) assert.deepEqual(heard.at(-1), message);
        else if (message.error) await assert.rejects(answerTo(message.id), asThrown(message.error));
        else assert.deepEqual(await answerTo(message.id), message.result);
      }
      const notifications = transcript(name).filter((line) => line.message.method && line.from === "server");
      assert.equal(heard.length, notifications.length);
    });
  }
});

/** @param {import("../client/protocol.js").ErrorObject} error */
function asThrown({ code, message, data }) {
  const { kind, retryable, retryAfterMs, provider } = data ?? {};
  return { name: "SignalingError", code, message, kind, retryable, retryAfterMs, provider };
}

describe("a connection survives what was never asked", () => {
  for (const name of MISBEHAVING) {
    test(name, async () => {
      const { client, socket } = await connected();
      /** @type {string[]} */
      const kinds = [];
      client.on("error", (error) => kinds.push(error.kind));
      const lines = transcript(name).filter((line) => line.from === "server");
      for (const { message } of lines) socket.deliver(message);
      const answers = lines.filter((line) => !line.message.method);
      assert.equal(kinds.length, answers.length);
      const named = answers.filter((line) => line.message.id === null).map((line) => line.message.error.data.kind);
      assert.deepEqual(kinds.filter((kind) => kind !== "client.malformedMessage"), named);
      const pinging = client.ping();
      socket.answer("ping");
      await pinging;
    });
  }
});

describe("a session does by itself what the transcript's client does", () => {
  for (const name of transcriptNames().filter((name) => !NOT_ONE_SESSION.has(name))) {
    test(name, async () => {
      const lines = transcript(name);
      const end = lines.findIndex((line) => line.message.method === "session.closed");
      await replaySession(lines.slice(0, end + 1));
    });
  }
});

/** @param {Line[]} lines */
async function replaySession(lines) {
  const said = lines.filter((line) => line.from === "client").map((line) => normal(line.message));
  const { client, socket } = await connected();
  const { session, peers } = sessionFor(client, said);
  const starting = session.start();
  /** @type {Promise<unknown>[]} */
  const working = [starting];
  for (const [index, { from, message }] of lines.entries()) {
    await settle();
    if (from === "server") {
      socket.deliver(message);
      continue;
    }
    const before = socket.sent.length;
    const alreadySent = before > said.findIndex((other) => other.id === message.id);
    if (!alreadySent) {
      const work = stimulate(message, session, peers[0], client, lines[index + 1]);
      work.catch(() => {});
      working.push(work);
    }
    await settle();
    assert.deepEqual(socket.sent[said.findIndex((other) => other.id === message.id)], normal(message));
  }
  await Promise.allSettled(working);
  assert.deepEqual(socket.sent, said);
  assert.equal(session.state, "closed");
  if (peers[0]) assert.equal(peers[0].calls.at(-1), "close");
  const texts = lines.map(({ message }) => (message.result ?? message.params)?.sendOnDataChannel).filter(Boolean);
  assert.deepEqual(peers[0]?.channels[0]?.sent ?? [], texts);
}

/**
 * An empty candidate also ends the candidates; this client always says null.
 * @param {any} message
 */
function normal(message) {
  if (message.params?.candidate?.candidate !== "") return message;
  return { ...message, params: { ...message.params, candidate: null } };
}

/**
 * @param {SignalingClient} client
 * @param {any[]} said
 */
function sessionFor(client, said) {
  const { provider, avatar, options } = said[0].params;
  const description = said.find((message) => /answer|offer/.test(message.method));
  const pair = said.find((message) => message.params?.candidatePair)?.params.candidatePair;
  const { peers, RTCPeerConnection, MediaStream } = peerFactory((peer) => {
    peer.sdp = (description.params.answer ?? description.params.offer).sdp;
    if (pair) peer.select(pair);
  });
  const clock = new ManualClock();
  const session = new AvatarSession({ client, provider, avatar, options, RTCPeerConnection, MediaStream, clock });
  return { session, peers };
}

/**
 * Makes happen what makes a client send this message.
 * @param {any} message
 * @param {AvatarSession} session
 * @param {import("./fakes/peer.js").FakePeer} peer
 * @param {SignalingClient} client
 * @param {Line} next
 */
async function stimulate({ method, params }, session, peer, client, next) {
  switch (method) {
    case "ping":
      return client.ping();
    case "session.candidate":
      return peer.gather(params.candidate);
    case "session.speak": {
      const { session: _, options, ...script } = params;
      return session.speak(script, options);
    }
    case "session.interrupt":
      await session.interrupt(params.talk);
      return assert.deepEqual(peer.channels[0]?.sent ?? [], [next.message.result?.sendOnDataChannel].filter(Boolean));
    case "session.extend":
      return session.extend();
    case "session.close":
      return session.close();
    case "session.report":
      return observe(params, session, peer);
    default:
      return assert.fail(`nothing makes a client send ${method}`);
  }
}

/**
 * @param {any} params
 * @param {AvatarSession} session
 * @param {import("./fakes/peer.js").FakePeer} peer
 */
function observe({ iceConnectionState, dataChannelState, dataChannelMessage }, session, peer) {
  if (session.room) return session.report({ iceConnectionState });
  if (iceConnectionState) return peer.ice(iceConnectionState);
  const channel = peer.channels[0] ?? peer.providerOpens("events");
  if (dataChannelState === "open") return channel.open();
  if (peer.ondatachannel) return channel.binaryMessage(dataChannelMessage);
  return channel.message(dataChannelMessage);
}
