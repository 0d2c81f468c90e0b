// The golden transcripts of resuming, replayed into a session: over each connection it sends what they say, in order.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AvatarSession } from "../client/avatar-relay.js";
import { ManualClock } from "./fakes/clock.js";
import { listen } from "./fakes/listen.js";
import { peerFactory } from "./fakes/peer.js";
import { settle } from "./fakes/settle.js";
import { socketFactory } from "./fakes/socket.js";
import { transcript } from "./fakes/transcript.js";

/** @typedef {import("./fakes/transcript.js").Line} Line */

class Replay {
  clock = new ManualClock();
  /** @type {any[]} what the session told of talks */
  talks = [];

  /** @param {Line[]} lines */
  constructor(lines) {
    this.lines = renumbered(lines);
    const { WebSocket, sockets } = socketFactory();
    const said = lines.filter(({ from }) => from === "client").map(({ message }) => message);
    const answer = said.find(({ method }) => method === "session.answer").params.answer;
    const { peers, RTCPeerConnection, MediaStream } = peerFactory((peer) => (peer.sdp = answer.sdp));
    const { provider, avatar, options } = said[0].params;
    const fakes = { WebSocket, RTCPeerConnection, MediaStream, clock: this.clock, random: () => 0, page: null };
    this.session = new AvatarSession({ url: "ws://relay.test", provider, avatar, options, ...fakes });
    this.session.on("talk", (event) => this.talks.push(event));
    this.sockets = sockets;
    this.peers = peers;
    this.errors = listen(this.session);
    this.work = [this.session.start()];
  }

  async run() {
    for (const { from, connection = 1, message } of this.lines) {
      await this.#reach(connection);
      const socket = this.sockets[connection - 1];
      if (from === "server") socket.deliver(message);
      else if (!socket.sent.some(({ id }) => id === message.id)) this.#stimulate(message);
      await settle();
    }
    for (const number of new Set(this.lines.map(({ connection = 1 }) => connection))) this.#compare(number);
    await Promise.all(this.work);
  }

  /**
   * The connection is there; the one before it is lost.
   * @param {number} number
   */
  async #reach(number) {
    if (this.sockets[number - 1]?.protocol) return;
    this.sockets[number - 2]?.drop(1006);
    this.clock.advance(0);
    await settle();
    this.sockets[number - 1].accept();
    await settle();
  }

  /** @param {any} message */
  #stimulate({ method, params }) {
    if (method === "session.speak") this.work.push(/** @type {any} */ (this.session.speak(params.text, params.options)));
    else if (method === "session.report") this.peers[0].ice(params.iceConnectionState);
    else if (method === "session.close") this.work.push(this.session.close());
    else assert.fail(`nothing makes a client send ${method}`);
  }

  /** @param {number} number */
  #compare(number) {
    const lines = this.lines.filter(({ from, connection = 1 }) => from === "client" && connection === number);
    assert.deepEqual(this.sockets[number - 1].sent, lines.map(({ message }) => message));
  }
}

/**
 * Some leave out what the client did in between, so that ids are missing; this client's are counted without.
 * @param {Line[]} lines
 * @returns {Line[]}
 */
function renumbered(lines) {
  const ids = [...new Set(lines.flatMap(({ message }) => (message.id ? [message.id] : [])))].sort((a, b) => a - b);
  return lines.map(({ message, ...line }) => {
    const id = message.id && ids.indexOf(message.id) + 1;
    return { ...line, message: { ...message, ...(id && { id }) } };
  });
}

describe("a session resumes as the transcripts say", () => {
  test("resume-replay", async () => {
    const replay = new Replay(transcript("resume-replay"));
    await replay.run();
    assert.deepEqual(replay.talks.map(({ phase }) => phase), ["accepted", "started", "ended"]);
    assert.deepEqual(replay.errors, []);
    assert.equal(replay.session.status.phase, "ended");
  });

  test("resume-resync", async () => {
    const replay = new Replay(transcript("resume-resync"));
    await replay.run();
    const told = replay.talks.map(({ talk, phase }) => `${talk} ${phase}`);
    assert.deepEqual(told, ["tlk_101 ended", "tlk_102 started", "tlk_102 ended"]);
    assert.deepEqual(replay.errors, []);
  });

  test("resume-late", async () => {
    const lines = transcript("resume-late");
    const replay = new Replay(lines.slice(0, lines.findIndex(({ message }) => message.error) + 1));
    /** @type {any[]} */
    const endings = [];
    replay.session.on("closed", (event) => endings.push(event));
    await replay.run();
    const [{ message }] = lines.filter(({ message: { error } }) => error);
    const { reason, action, afterMs } = message.error.data.end;
    assert.deepEqual(endings, [{ reason, action, afterMs, closeCode: undefined }]);
  });
});
