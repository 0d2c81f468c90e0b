// Seeded schedules of lost connections around every step, against a relay that follows docs/protocol.md.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AvatarSession } from "../client/avatar-relay.js";
import { ManualClock } from "./fakes/clock.js";
import { ModelRelay } from "./fakes/model-relay.js";
import { peerFactory } from "./fakes/peer.js";
import { seeded } from "./fakes/seeded.js";

const SEEDS = 1500;
const STEPS = 120;
/** A seed that ever failed is kept here. */
const KEPT = /** @type {const} */ ([[2, 30_000], [13, 1_500]]);

const FATES = new Set(["spoken", "talk.unknown", "session.closed"]);
for (const kind of ["connectionClosed", "wrongState", "timeout"]) FATES.add(`client.${kind}`);
const OPENINGS = new Set(["started", "session.closed"]);
for (const kind of ["connectFailed", "connectionClosed", "cancelled"]) OPENINGS.add(`client.${kind}`);

const settle = () => new Promise((/** @type {(value?: undefined) => void} */ resolve) => setImmediate(resolve));

class Schedule {
  clock = new ManualClock();
  /** @type {Map<string, string>} what became of each speak: the kind of its error, or "spoken" */
  fates = new Map();
  /** @type {string[]} */
  heard = [];
  /** @type {string[]} */
  errors = [];
  candidates = 0;
  /** @type {any} */
  closed;

  /**
   * @param {number} seed
   * @param {number} graceMs
   */
  constructor(seed, graceMs) {
    this.random = seeded(seed);
    this.relay = new ModelRelay(this.clock, graceMs);
    const { peers, RTCPeerConnection, MediaStream } = peerFactory();
    this.peers = peers;
    const { clock, random } = this;
    const WebSocket = /** @type {any} */ (this.relay.WebSocket);
    const made = { url: "ws://relay.test", provider: "did", WebSocket, RTCPeerConnection, MediaStream, clock, random };
    this.session = new AvatarSession({ ...made, page: null });
    this.session.on("talk", ({ talk, phase }) => this.heard.push(`${talk} ${phase}`));
    this.session.on("error", ({ kind, message }) => this.errors.push(`${kind}: ${message}`));
    this.session.on("closed", (event) => (this.closed = event));
    this.started = this.session.start().then(() => "started", (error) => error.kind);
  }

  async run() {
    for (let step = 0; step < STEPS; step += 1) {
      this.#step(this.random());
      await settle();
    }
    await this.#heal();
    const closing = this.session.close();
    await this.#heal();
    await closing;
    this.clock.advance(60_000);
    this.relay.tick();
  }

  /** @param {number} chance */
  #step(chance) {
    const { connection } = this.relay;
    if (chance < 0.05) this.#pass(this.random() < 0.3 ? 2_000 : 300);
    else if (connection?.state === "connecting") chance < 0.8 ? connection.accept() : connection.end(1006);
    else if (!connection) this.#pass(300);
    else if (chance < 0.35) this.relay.take(connection);
    else if (chance < 0.65) this.relay.give(connection);
    else if (chance < 0.8) this.#work();
    else if (chance < 0.95) this.#act(this.random());
    else connection.end(this.random() < 0.5 ? 1006 : 4001);
  }

  #work() {
    for (const session of this.relay.sessions) this.relay.work(session);
  }

  /** @param {number} milliseconds */
  #pass(milliseconds) {
    this.clock.advance(milliseconds);
    this.relay.tick();
  }

  /** @param {number} chance */
  #act(chance) {
    const { session, peers } = this;
    if (chance < 0.4) {
      const text = `talk-${this.fates.size + 1}`;
      this.fates.set(text, "waiting");
      session.speak(text).then(
        () => this.fates.set(text, "spoken"),
        ({ kind }) => this.fates.set(text, kind),
      );
    } else if (chance < 0.8) {
      this.candidates += 1;
      peers.at(-1)?.gather({ candidate: `candidate:${this.candidates}`, sdpMid: "0" });
    } else {
      session.extend().catch(() => {});
    }
  }

  /** The network is well, until nothing happens any more. */
  async #heal() {
    for (let quiet = 0; quiet < 8; quiet += 1) {
      const { connection } = this.relay;
      if (connection?.state === "connecting") connection.accept();
      if (connection) {
        if (connection.toRelay.length + connection.toClient.length > 0) quiet = 0;
        while (connection.toRelay.length > 0) this.relay.take(connection);
        this.#work();
        while (connection.state === "open" && connection.toClient.length > 0) this.relay.give(connection);
      } else {
        this.#pass(1_000);
      }
      await settle();
    }
  }

  async check() {
    const { relay, fates, heard, session } = this;
    assert.equal(session.state, "closed");
    assert.ok(this.closed, "closed is told");
    assert.equal(session.status.phase, "ended");
    assert.deepEqual(relay.sessions.filter(({ end }) => !end).map(({ id }) => id), [], "nothing stays open");
    assert.deepEqual(this.errors.filter((kind) => /sequenceGap|malformed|conflict|stale/.test(kind)), []);
    const spoken = relay.journal.filter(({ method }) => method === "session.speak").map(({ text }) => text);
    assert.equal(new Set(spoken).size, spoken.length, "nothing is spoken twice");
    for (const [text, fate] of fates) this.#checkFate(text, fate, spoken);
    assert.equal(new Set(heard).size, heard.length, "no event is told twice");
    const candidates = relay.journal.filter(({ method }) => method === "session.candidate");
    const numbers = candidates.map(({ session: id, candidate }) => [id, Number(candidate.candidate.split(":")[1])]);
    for (const [index, [id, number]] of numbers.entries()) {
      const before = numbers.slice(0, index).filter(([other]) => other === id).map(([, other]) => other);
      assert.ok(before.every((other) => other < number), "candidates come once and in order");
    }
    assert.ok(OPENINGS.has(await this.started), await this.started);
  }

  /**
   * @param {string} text
   * @param {string} fate
   * @param {string[]} spoken
   */
  #checkFate(text, fate, spoken) {
    assert.ok(FATES.has(fate), `${text}: ${fate}`);
    if (fate === "spoken") assert.ok(spoken.includes(text), `${text} was said to be spoken`);
    // Whoever speaks to a session that lives on gets an answer, and hears the end of the talk.
    if (fate === "client.connectionClosed" || fate === "client.wrongState") {
      assert.ok(!spoken.includes(text), `${text} was said not to be sent`);
    }
    const toTheEnd = fate === "spoken" && this.closed.reason === "client";
    if (toTheEnd) assert.ok(this.heard.includes(`${text} ended`), `${text} ended`);
  }
}

describe("no schedule of lost connections makes the client speak twice, lose a message or leak a session", () => {
  for (const graceMs of [30_000, 1_500]) {
    test(`grace ${graceMs} ms, ${SEEDS} seeds`, async () => {
      const counts = { resumed: 0, ended: 0, spoken: 0 };
      for (let seed = 1; seed <= SEEDS; seed += 1) await one(seed, graceMs, counts);
      // The schedules are worth something only if these happen.
      assert.ok(counts.spoken > SEEDS && counts.resumed > SEEDS / 2 && counts.ended > 0, JSON.stringify(counts));
    });
  }
  for (const [seed, graceMs] of KEPT) {
    test(`seed ${seed}, grace ${graceMs} ms`, () => one(seed, graceMs, { resumed: 0, ended: 0, spoken: 0 }));
  }
});

/**
 * @param {number} seed
 * @param {number} graceMs
 * @param {{ resumed: number, ended: number, spoken: number }} counts
 */
async function one(seed, graceMs, counts) {
  const schedule = new Schedule(seed, graceMs);
  schedule.session.on("resumed", () => (counts.resumed += 1));
  try {
    await schedule.run();
    await schedule.check();
  } catch (error) {
    const words = error instanceof Error ? error.message : `${error}`;
    throw new Error(`seed ${seed}, grace ${graceMs}: ${words}`, { cause: error });
  }
  counts.spoken += [...schedule.fates.values()].filter((fate) => fate === "spoken").length;
  counts.ended += schedule.closed.reason === "connectionLost" ? 1 : 0;
}
