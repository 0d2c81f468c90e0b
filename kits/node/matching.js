// Decides whether a call is one that a test means, and says what stands in the way where it is not.
import { isDeepStrictEqual } from "node:util";

const MISSING = Symbol("missing");
// What may be expected of a call; everything else of it is reached by `body`.
const SUBJECTS = ["text", "session", "status", "path", "note", "body"];

/** A value that is judged by a test, with words for it. */
class Expectation {
  constructor(words, holds) {
    this.words = words;
    this.holds = holds;
  }
}

const equals = (wanted) => new Expectation(`is ${show(wanted)}`, (value) => isDeepStrictEqual(value, wanted));

/** A text with this text in it, or a list with this element. */
export const contains = (part) =>
  new Expectation(`contains ${show(part)}`, (value) =>
    typeof value === "string" ? typeof part === "string" && value.includes(part)
      : Array.isArray(value) && value.some((element) => isDeepStrictEqual(element, part)));

/** A text in which this regular expression is found. */
export const pattern = (expression) => {
  const compiled = new RegExp(expression);
  return new Expectation(`has the pattern ${compiled}`, (value) => typeof value === "string" && compiled.test(value));
};

/** What is asked of a call: its name, and any number of expectations. */
export class Match {
  constructor(call, expectations = {}) {
    this.call = call;
    this.expectations = [];
    for (const [subject, wanted] of Object.entries(expectations)) {
      if (!SUBJECTS.includes(subject)) throw new TypeError(`${subject}: known are ${SUBJECTS.join(", ")}`);
      if (subject === "body" && !(wanted instanceof Expectation) && wanted !== null && typeof wanted === "object") {
        for (const [path, value] of Object.entries(wanted)) this.#expect(`body.${path}`, value);
      } else {
        this.#expect(subject, wanted);
      }
    }
  }

  #expect(path, wanted) {
    const expectation = wanted instanceof Expectation ? wanted : wanted instanceof RegExp ? pattern(wanted) : equals(wanted);
    this.expectations.push([path, expectation]);
  }

  /** What keeps an entry of the journal from being meant; nothing where it is. */
  obstacles(entry) {
    const name = entry.call ?? "";
    const isNamed = this.call.endsWith("*") ? name.startsWith(this.call.slice(0, -1)) : name === this.call;
    if (!isNamed) return [`the call is ${entry.call}`];
    return this.expectations.flatMap(([path, expectation]) => {
      const value = valueAt(entry, path);
      if (value === MISSING) return [`${path} is not there`];
      return expectation.holds(value) ? [] : [`${path} is ${shortened(value)}`];
    });
  }

  toString() {
    return [this.call, ...this.expectations.map(([path, expectation]) => `${path} ${expectation.words}`)].join(" and ");
  }
}

/** The value of a path as `body.script.input` or `body.items[0]`; `text` is what is to be spoken, at either vendor. */
export function valueAt(entry, path) {
  if (path === "text") {
    const spoken = valueAt(entry, "body.script.input");
    return spoken === MISSING ? valueAt(entry, "body.text") : spoken;
  }
  let value = entry;
  for (const name of path.match(/[^.[\]]+/g) ?? []) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, name)) return MISSING;
    value = value[name];
  }
  return value;
}

const show = (value) => JSON.stringify(value);

export function shortened(value, limit = 120) {
  const text = show(value) ?? "nothing";
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}
