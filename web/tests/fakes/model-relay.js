// A relay that follows docs/protocol.md, in the test's process: the test says when each message travels, and when none.
import { closedError, ModelSession } from "./model-session.js";

/** One WebSocket with both of its ends; what was sent waits until the test lets it through. */
export class ModelConnection {
  protocol = "";
  binaryType = "blob";
  /** @type {((event: any) => void) | null} */
  onopen = null;
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  /** @type {((event: any) => void) | null} */
  onerror = null;
  /** @type {"connecting" | "open" | "closed"} */
  state = "connecting";
  /** @type {string[]} */
  toRelay = [];
  /** @type {string[]} */
  toClient = [];

  /** @param {ModelRelay} relay */
  constructor(relay) {
    this.relay = relay;
  }

  /** @param {string | object} message the client sends text, the relay an object */
  send(message) {
    if (typeof message === "string") this.toRelay.push(message);
    else this.toClient.push(JSON.stringify(message));
  }

  /** The client lets go: what it sent before still arrives. */
  close() {
    while (this.state === "open" && this.toRelay.length > 0) this.relay.take(this);
    this.end(1000);
  }

  accept() {
    this.state = "open";
    this.protocol = "avatar-relay.v1";
    this.onopen?.({});
  }

  /** @param {number} code what is on its way is lost */
  end(code) {
    if (this.state === "closed") return;
    this.state = "closed";
    this.relay.lose(this);
    const heard = this.onclose;
    queueMicrotask(() => heard?.({ code, reason: "", wasClean: false }));
  }
}

export class ModelRelay {
  /** @type {ModelConnection[]} */
  connections = [];
  /** @type {ModelSession[]} */
  sessions = [];
  /** @type {any[]} the calls that reached the provider */
  journal = [];
  #secrets = 0;

  /**
   * @param {import("./clock.js").ManualClock} clock
   * @param {number} graceMs
   */
  constructor(clock, graceMs) {
    this.clock = clock;
    this.graceMs = graceMs;
    const relay = this;
    this.WebSocket = class extends ModelConnection {
      constructor() {
        super(relay);
        relay.connections.push(this);
      }
    };
  }

  /** The newest connection, unless it is over. */
  get connection() {
    const last = this.connections.at(-1);
    return last?.state === "closed" ? undefined : last;
  }

  /**
   * The next message of the client arrives.
   * @param {ModelConnection} connection
   */
  take(connection) {
    const text = connection.toRelay.shift();
    if (text === undefined || connection.state !== "open") return;
    const { id, method, params = {} } = JSON.parse(text);
    if (method === "session.open") return this.#open(connection, id);
    if (method === "session.resume") return this.#resume(connection, id, params);
    if (method === "ping") return connection.send({ jsonrpc: "2.0", id, result: {} });
    const session = this.sessions.find((one) => one.id === params.session && one.connection === connection);
    if (!session) return refuse(connection, id, "session.notFound");
    session.secrets = session.secrets.slice(-1);
    const content = JSON.stringify([method, params]);
    const known = session.answers.get(id);
    if (known?.content === content) return known.answer && connection.send({ jsonrpc: "2.0", id, ...known.answer });
    if (known) return refuse(connection, id, "request.conflict");
    if (id < session.highest) return refuse(connection, id, "request.stale");
    session.highest = id;
    session.answers.set(id, { content, answer: undefined });
    this.#begin(session, id, method, params);
  }

  /**
   * The next message of the relay arrives.
   * @param {ModelConnection} connection
   */
  give(connection) {
    const text = connection.toClient.shift();
    if (text !== undefined && connection.state === "open") connection.onmessage?.({ data: text });
  }

  /**
   * The provider is done with the first thing that a session asked for.
   * @param {ModelSession} session
   */
  work(session) {
    const next = session.working.shift();
    if (!next || session.end) return;
    const { id, method, params } = next;
    const spoken = method === "session.speak";
    session.answer(id, { result: spoken ? { talk: params.text, durationMs: 1 } : {} });
    if (spoken) session.speak(params.text);
    if (method === "session.answer") session.enter("connecting");
  }

  /** Ends what nobody came back to. */
  tick() {
    for (const session of this.sessions) {
      if (session.graceEnd !== undefined && session.graceEnd <= this.clock.now()) {
        session.close({ reason: "connectionLost", action: "reconnect" });
      }
    }
  }

  /** @param {ModelConnection} connection */
  lose(connection) {
    for (const session of this.sessions.filter((one) => one.connection === connection)) {
      session.connection = undefined;
      session.graceEnd = this.clock.now() + this.graceMs;
    }
  }

  /**
   * @param {ModelConnection} connection
   * @param {number} id
   */
  #open(connection, id) {
    const session = new ModelSession(`s${this.sessions.length + 1}`, this.#secret());
    this.sessions.push(session);
    session.connection = connection;
    const capabilities = { interrupt: "relay", extend: true, ssml: true, audio: true, trickle: true, parts: "joined" };
    const offer = { type: "offer", sdp: "v=0\r\n" };
    const limits = { graceMs: this.graceMs, maxTextBytes: 100, text: { unit: "bytes", min: 1, max: 100 } };
    const [secret] = session.secrets;
    const result = { session: session.id, secret, provider: "did", offer, limits, capabilities };
    connection.send({ jsonrpc: "2.0", id, result });
    session.notify("session.state", { state: "offered" });
  }

  /**
   * @param {ModelConnection} connection
   * @param {number} id
   * @param {{ session: string, secret: string, lastSeq: number }} params
   */
  #resume(connection, id, params) {
    const session = this.sessions.find((one) => one.id === params.session);
    if (!session) return refuse(connection, id, "session.notFound");
    if (!session.secrets.includes(params.secret)) return refuse(connection, id, "session.secretInvalid");
    const before = session.connection;
    session.connection = connection;
    session.graceEnd = undefined;
    if (before && before !== connection) before.end(4502);
    if (session.end) return connection.send({ jsonrpc: "2.0", id, ...closedError(session.end) });
    const secret = this.#secret();
    session.secrets = [params.secret, secret];
    const missed = session.missed(params.lastSeq);
    const { seq, state, talks } = session;
    const resync = { seq, state, talks, iceState: "new" };
    const how = missed ? { replayed: missed.length } : { resync };
    connection.send({ jsonrpc: "2.0", id, result: { secret, ...how } });
    for (const message of missed ?? []) connection.send(message);
  }

  /**
   * @param {ModelSession} session
   * @param {number} id
   * @param {string} method
   * @param {any} params
   */
  #begin(session, id, method, params) {
    if (session.end) {
      return session.answer(id, method === "session.close" ? { result: {} } : closedError(session.end));
    }
    if (method === "session.close") {
      session.enter("closing");
      session.answer(id, { result: {} });
      return session.close({ reason: "client", action: "stop" });
    }
    if (method === "session.report") return session.answer(id, { result: {} });
    this.journal.push({ session: session.id, method, ...params });
    session.working.push({ id, method, params });
  }

  #secret() {
    this.#secrets += 1;
    return `secret-${this.#secrets}`;
  }
}

/**
 * @param {ModelConnection} connection
 * @param {number} id
 * @param {string} kind
 */
function refuse(connection, id, kind) {
  connection.send({ jsonrpc: "2.0", id, error: { code: 1, message: kind, data: { kind, retryable: false } } });
}
