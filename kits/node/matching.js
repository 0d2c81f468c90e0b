// Writes what a test expects of a call as the mock's control surface reads it; the mock itself judges (docs/mock.md).

// What may be expected of a call.
const SUBJECTS = ["text", "session", "status", "path", "note", "method", "body", "headers"];

/** A value that the mock judges. */
class Expectation {
  constructor(operator, wanted) {
    this.operator = operator;
    this.wanted = wanted;
  }
}

export const equals = (wanted) => new Expectation("equals", wanted);

/** A text with this text in it, a list with this element, or an object with these members. */
export const contains = (part) => new Expectation("contains", part);

/** A text in which this regular expression is found, without lookaround and back references. */
export const pattern = (expression) => {
  if (!(expression instanceof RegExp)) return new Expectation("pattern", String(expression));
  const options = [...expression.flags].filter((flag) => "ims".includes(flag)).join("");
  return new Expectation("pattern", (options && `(?${options})`) + expression.source);
};

/** Whether there is a value. */
export const present = (isThere = true) => new Expectation("present", isThere);

/** A call with conditions, for `verifyOrder` and for a fault's `where`. */
export function match(call = "*", expectations = {}) {
  const where = {};
  for (const [subject, wanted] of Object.entries(expectations)) {
    if (!SUBJECTS.includes(subject)) throw new TypeError(`${subject}: known are ${SUBJECTS.join(", ")}`);
    if (["body", "headers"].includes(subject) && isPlain(wanted)) {
      for (const [path, value] of Object.entries(wanted)) {
        const name = subject === "headers" ? `['${path.toLowerCase()}']` : path.startsWith("[") ? path : `.${path}`;
        where[subject + name] = condition(value);
      }
    } else {
      where[subject] = condition(wanted);
    }
  }
  return { call, where };
}

const isPlain = (value) => value !== null && typeof value === "object" && !(value instanceof Expectation) && !(value instanceof RegExp);

function condition(wanted) {
  const { operator, wanted: value } =
    wanted instanceof Expectation ? wanted : wanted instanceof RegExp ? pattern(wanted) : equals(wanted);
  return { [operator]: value };
}
