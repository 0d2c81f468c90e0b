// One session of the model relay: its numbers, its memory of answers and what its provider was asked for.

/** As in docs/protocol.md, but so small that tests meet them. */
export const BUFFERED_EVENTS = 5;

export class ModelSession {
  seq = 0;
  state = "offered";
  /** @type {any[]} the last notifications */
  buffer = [];
  highest = 0;
  /** @type {{ talk: string, phase: string }[]} */
  talks = [];
  /** @type {Map<number, { content: string, answer: object | undefined }>} */
  answers = new Map();
  /** @type {{ id: number, method: string, params: any }[]} what the provider still works on */
  working = [];
  /** @type {import("./model-relay.js").ModelConnection | undefined} */
  connection;
  /** @type {number | undefined} when the grace time ends */
  graceEnd;
  /** @type {{ reason: string, action: string } | undefined} */
  end;

  /**
   * @param {string} id
   * @param {string} secret
   */
  constructor(id, secret) {
    this.id = id;
    /** The ones that are taken: the newest, and the one before it until the client was heard from. */
    this.secrets = [secret];
  }

  /**
   * @param {string} method
   * @param {object} params
   */
  notify(method, params) {
    this.seq += 1;
    const message = { jsonrpc: "2.0", method, params: { session: this.id, seq: this.seq, ...params } };
    this.buffer = [...this.buffer, message].slice(-BUFFERED_EVENTS);
    this.connection?.send(message);
  }

  /** @param {string} talk */
  speak(talk) {
    this.talks.push({ talk, phase: "ended" });
    for (const phase of ["accepted", "started", "ended"]) this.notify("session.talk", { talk, phase });
  }

  /** @param {string} state */
  enter(state) {
    this.state = state;
    this.notify("session.state", { state });
  }

  /** @param {{ reason: string, action: string }} end */
  close(end) {
    if (this.end) return;
    for (const { id } of this.working.splice(0)) this.answer(id, closedError(end));
    this.enter("closed");
    this.notify("session.closed", end);
    this.end = end;
  }

  /**
   * @param {number} id
   * @param {object} answer
   */
  answer(id, answer) {
    const known = this.answers.get(id);
    if (known) known.answer = answer;
    this.connection?.send({ jsonrpc: "2.0", id, ...answer });
  }

  /**
   * What a client needs that missed everything after `lastSeq`.
   * @param {number} lastSeq
   */
  missed(lastSeq) {
    const events = this.buffer.filter((message) => message.params.seq > lastSeq);
    const complete = events.length === this.seq - lastSeq;
    return complete ? events : undefined;
  }
}

/** @param {{ reason: string, action: string }} end */
export function closedError(end) {
  const data = { kind: "session.closed", retryable: false, end };
  return { error: { code: 1104, message: "it is over", data } };
}
