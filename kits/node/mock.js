// Speaks to a running mock: what was called, what goes wrong next, what time it is.
import { AssertionError } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { Match, shortened, valueAt } from "./matching.js";

// Nearest calls that a message names.
const NEAR_MISSES = 3;

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

  /** Moves the time forward; the seconds since the mock's start. */
  async advance({ milliseconds = 0, seconds = 0, minutes = 0, hours = 0 }) {
    const total = milliseconds + 1000 * (seconds + 60 * (minutes + 60 * hours));
    return (await this.#mock.admin("POST", "clock", { advanceMs: Math.round(total) })).elapsedMs / 1000;
  }

  /** Seconds since the mock's start. */
  async elapsed() {
    return (await this.#mock.admin("GET", "clock")).elapsedMs / 1000;
  }
}

/** A mock of D-ID's and HeyGen's streaming APIs that is running at `url`. */
export class AvatarMock {
  constructor(url) {
    this.url = url.replace(/\/$/, "");
    this.didUrl = this.heygenUrl = this.url;
    this.clock = new Clock(this);
  }

  /** A request of the control surface, `/__admin/…` (docs/mock.md). */
  async admin(method, path, body) {
    const reply = await fetch(`${this.url}/__admin/${path}`, {
      method, headers: { "Content-Type": "application/json" }, body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!reply.ok) throw new MockError(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }

  /** The calls that match, oldest first. `call` is a name as `did.speak`, or `did.*`, `heygen.*`, `*`. */
  async calls(call = "*", expectations = {}) {
    const match = new Match(call, expectations);
    return (await this.#journal()).filter((entry) => match.obstacles(entry).length === 0).map(callOf);
  }

  /** Waits until `count` calls match, and resolves with the last of them; the rejection names the nearest calls. */
  async waitFor(call, { count = 1, timeout = 10, ...expectations } = {}) {
    const match = new Match(call, expectations);
    const deadline = performance.now() + 1000 * timeout;
    for (;;) {
      const journal = await this.#journal();
      const found = journal.filter((entry) => match.obstacles(entry).length === 0);
      if (found.length >= count) return callOf(found[count - 1]);
      const left = deadline - performance.now();
      if (left <= 0) {
        fail(`${times(count)} ${match}: not within ${timeout} s, seen ${found.length}${nearMisses(match, journal)}`);
      }
      await sleep(Math.min(20, left));
    }
  }

  /** Asserts that calls match: `count` of them, or one at least. A count of 0 says that there was none. */
  async verify(call, { count, ...expectations } = {}) {
    const match = new Match(call, expectations);
    const journal = await this.#journal();
    const found = journal.filter((entry) => match.obstacles(entry).length === 0);
    if (count === undefined ? found.length === 0 : found.length !== count) {
      const wanted = count === undefined ? "at least one call of" : times(count);
      fail(`${wanted} ${match}: seen ${found.length}${nearMisses(match, journal)}`);
    }
    return found.map(callOf);
  }

  /** Asserts that calls of these names came in this order; others may lie between. */
  async verifyOrder(...calls) {
    const seen = (await this.#journal()).map((entry) => entry.call).filter(Boolean);
    let from = 0;
    for (const call of calls) {
      const at = seen.findIndex((name, index) => index >= from && new Match(call).obstacles({ call: name }).length === 0);
      if (at < 0) fail(`${calls.join(" → ")}: ${call} is missing at its place in ${seen.join(" → ") || "nothing"}`);
      from = at + 1;
    }
  }

  /** Asserts that every session was closed; a close that is on its way has some time to arrive. */
  async verifyNoOpenSessions({ timeout = 5 } = {}) {
    const deadline = performance.now() + 1000 * timeout;
    for (;;) {
      const open = await this.sessions("open");
      if (open.length === 0) return;
      if (performance.now() > deadline) {
        const names = open.map((session) => `${session.vendor} ${session.id} (${session.state})`).join(", ");
        fail(`${open.length} session(s) left open: ${names}`);
      }
      await sleep(20);
    }
  }

  /** The sessions with state, limits and talks; `state` is `open`, `connected`, `ended` or another of docs/mock.md. */
  async sessions(state) {
    return (await this.admin("GET", `sessions${state ? `?state=${encodeURIComponent(state)}` : ""}`)).sessions;
  }

  /** Makes the next calls go wrong, as docs/mock.md has it under "Faults". */
  async fault(call, effect) {
    await this.admin("POST", "faults", { call, ...effect });
  }

  /** Ends and forgets all sessions, faults and calls. */
  async reset() {
    await this.admin("POST", "reset", {});
  }

  async #journal() {
    return (await this.admin("GET", "requests")).requests;
  }
}

/** A call that the mock saw, without its secrets. */
function callOf(entry) {
  const text = valueAt(entry, "text");
  return {
    number: entry.number, name: entry.call, method: entry.method, path: entry.path, status: entry.status,
    session: entry.session, body: entry.body, note: entry.note ?? null, timeMs: entry.timeMs,
    text: typeof text === "string" ? text : null, entry,
  };
}

function fail(message) {
  throw new AssertionError({ message });
}

const times = (count) => (count === 1 ? "one call of" : `${count} calls of`);

/** The calls that come closest, the fewest obstacles first. */
function nearMisses(match, journal) {
  const misses = journal.map((entry) => ({ entry, obstacles: match.obstacles(entry) })).filter((miss) => miss.obstacles.length);
  if (misses.length === 0) return journal.length === 0 ? "; the mock was not called" : "";
  const isOther = (miss) => Number(miss.obstacles[0].startsWith("the call is"));
  misses.sort((a, b) =>
    isOther(a) - isOther(b) || a.obstacles.length - b.obstacles.length || b.entry.number - a.entry.number);
  const lines = misses.slice(0, NEAR_MISSES).map(({ entry, obstacles }) =>
    `\n  #${entry.number} ${entry.call ?? `${entry.method} ${entry.path}`} → ${entry.status} ${shortened(entry.body)}: `
      + obstacles.join(", "));
  return `; nearest of ${misses.length}:${lines.join("")}`;
}
