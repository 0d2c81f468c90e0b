// Speaks to a running mock: what was called, what goes wrong next, what time it is.
import { AssertionError } from "node:assert";
import { request } from "node:http";
import { match, pattern as expression } from "./matching.js";

// How long a request may take beyond what the mock was asked to wait, in milliseconds.
const MARGIN = 30_000;
const HEADER = "X-Mock-Scenario";

/** The mock refused what it was asked for; the message is its own. */
export class MockError extends Error {
  name = "MockError";
}

/** The mock's clock: idle limits, talks and delayed answers go by it. */
class Clock {
  #mock;

  constructor(mock) {
    this.#mock = mock;
  }

  /** Moves the time forward; the seconds since the mock's start, or its last reset. */
  async advance({ milliseconds = 0, seconds = 0, minutes = 0, hours = 0 }) {
    const total = milliseconds + 1000 * (seconds + 60 * (minutes + 60 * hours));
    return (await this.#mock.admin("POST", "clock", { advanceMs: Math.round(total) })).elapsedMs / 1000;
  }

  /** Stops the time; `advance` still moves it. */
  async stop() {
    await this.#mock.admin("POST", "clock", { running: false });
  }

  /** Lets the time go on from where it was stopped. */
  async resume() {
    await this.#mock.admin("POST", "clock", { running: true });
  }

  /** Seconds since the mock's start, or its last reset. */
  async elapsed() {
    return (await this.#mock.admin("GET", "clock")).elapsedMs / 1000;
  }
}

/** A mock of D-ID's and HeyGen's streaming APIs that is running at `url`, or a scenario of it. */
export class AvatarMock {
  constructor(url, scenario) {
    this.url = url.replace(/\/$/, "");
    this.didUrl = this.heygenUrl = this.url;
    this.clock = new Clock(this);
    // What calls carry that belong to the scenario; for the mock as a whole nothing.
    this.headers = scenario === undefined ? {} : { [HEADER]: scenario };
    this.key = scenario ?? "any";
  }

  /** A request of the control surface, `/__admin/…` (docs/mock.md); what was expected and is not so is an AssertionError. */
  async admin(method, path, body, timeout = MARGIN) {
    const reply = await ask(`${this.url}/__admin/${path}`, method, this.headers, body, timeout);
    if (reply.status === 409) throw new AssertionError({ message: JSON.parse(reply.text).error.message });
    if (reply.status >= 300) throw new MockError(`${method} ${path}: ${reply.status} ${reply.text}`);
    return JSON.parse(reply.text);
  }

  /** The calls that match, oldest first. `call` is a name as `did.speak`, or `did.*`, `heygen.*`, `*`. */
  async calls(call = "*", expectations = {}) {
    return callsOf(await this.admin("POST", "requests/find", match(call, expectations)));
  }

  /** Waits until `count` calls match, and resolves with the last of them; the rejection names the nearest calls. */
  async waitFor(call, { count = 1, timeout = 10, stage = "arrived", ...expectations } = {}) {
    const timeoutMs = Math.round(1000 * timeout);
    const wanted = { ...match(call, expectations), count, stage, timeoutMs };
    return callsOf(await this.admin("POST", "requests/wait", wanted, timeoutMs + MARGIN))[count - 1];
  }

  /** Asserts that calls match: `count` of them, or one at least. A count of 0 says that there was none. */
  async verify(call, { count, stage = "arrived", ...expectations } = {}) {
    return callsOf(await this.admin("POST", "requests/verify", { ...match(call, expectations), count, stage }));
  }

  /** Asserts that calls came in this order; others may lie between. Each is a name, or what `match` makes. */
  async verifyOrder(...calls) {
    return callsOf(await this.admin("POST", "requests/order", { calls }));
  }

  /** Asserts that every session was closed; a close that is on its way has some time to arrive. */
  async verifyNoOpenSessions({ timeout = 5 } = {}) {
    const timeoutMs = Math.round(1000 * timeout);
    await this.admin("POST", "sessions/wait", { open: 0, timeoutMs }, timeoutMs + MARGIN);
  }

  /** The sessions with state, limits and talks; `state` is `open`, `connected`, `ended` or another of docs/mock.md. */
  async sessions(state) {
    return (await this.admin("GET", `sessions${state ? `?state=${encodeURIComponent(state)}` : ""}`)).sessions;
  }

  /** Makes the next calls go wrong, as docs/mock.md has it under "Faults". */
  async fault(call, effect) {
    await this.admin("POST", "faults", { call, ...effect });
  }

  /** Makes the next messages of the data channel `lost`, `late` (with `delayMs`), `twice` or `swapped`. */
  async messageFault(message, fate, more = {}) {
    await this.admin("POST", "messages", { message, fate, ...more });
  }

  /**
   * Has D-ID's agents answer so from now on: to questions with `contains` in them, in which `pattern` is found, or to all; the rest is
   * as docs/mock.md has it under "What agents answer".
   */
  async answer(text, { pattern, ...rule } = {}) {
    const found = pattern === undefined ? undefined : expression(pattern).wanted;
    await this.admin("POST", "agents/answers", { text, pattern: found, ...rule });
  }

  /** Has an agent answer the next question so, whatever `answer` says of it. */
  async answerNext(text, rule = {}) {
    await this.answer(text, { times: 1, ...rule });
  }

  /** Has all agents answer in a mode: `TextOnly` as without credits, `Maintenance`, `Functional` again. */
  async setChatMode(mode) {
    await this.admin("POST", "agents", { chatMode: mode });
  }

  /**
   * Ends and forgets all sessions, faults and calls, and begins anew: the clock runs and shows zero, and the same calls get the same
   * ids as at the start.
   */
  async reset() {
    await this.admin("POST", "reset", {});
  }

  /** A world of its own in this mock: calls with its `headers`, or with its `key`, are seen and felt in no other. */
  async scenario(name) {
    // The name stands in a header field.
    const scenario = new Scenario(this.url, name.replace(/[^ -~]/g, "?").trim().slice(0, 200));
    // It is there from now on, so that its key is known.
    await scenario.clock.elapsed();
    return scenario;
  }
}

/** A scenario of a mock that is shared. */
export class Scenario extends AvatarMock {
  constructor(url, name) {
    super(url, name);
    this.name = name;
  }

  /** Ends it, with all of its sessions. */
  async close() {
    await this.admin("DELETE", "scenarios");
  }
}

const callsOf = (reply) => reply.requests.map(callOf);

/** A call that the mock saw, without its secrets. */
function callOf(entry) {
  return {
    number: entry.number, name: entry.call, method: entry.method, path: entry.path, status: entry.status,
    session: entry.session, body: entry.body, headers: entry.headers, text: entry.text ?? null, note: entry.note ?? null,
    timeMs: entry.timeMs, answeredMs: entry.answeredMs, entry,
  };
}

/** A request of its own connection: `fetch` gives up after 300 s, and a wait may be longer. */
function ask(url, method, headers, body, timeout) {
  return new Promise((settle, fail) => {
    const data = body === undefined ? undefined : JSON.stringify(body);
    const length = data === undefined ? {} : { "Content-Length": Buffer.byteLength(data) };
    const asked = request(
      url, { method, agent: false, timeout, headers: { "Content-Type": "application/json", ...length, ...headers } }, (reply) => {
        let text = "";
        reply.setEncoding("utf8").on("data", (part) => (text += part));
        reply.on("end", () => settle({ status: reply.statusCode, text }));
        reply.on("error", fail);
      });
    asked.on("timeout", () => asked.destroy(new Error(`${method} ${url}: no answer within ${timeout / 1000} s`)));
    asked.on("error", fail);
    asked.end(data);
  });
}
