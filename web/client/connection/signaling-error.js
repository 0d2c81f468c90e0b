// Carries what went wrong: what the relay answers, and what fails in the browser.

/** @typedef {import("../protocol.js").ErrorObject} ErrorObject */

/** What is billed, and of which nobody knows whether it was spoken when its response does not come. */
const SAYS_SOMETHING = new Set(["session.speak", "session.speakPart", "session.speakEnd"]);

export class SignalingError extends Error {
  /** @param {ConstructorParameters<typeof import("../avatar-relay.js").SignalingError>[0]} fault */
  constructor({ kind, message, code = 0, retryable = false, retryAfterMs, limit, provider, end, method, cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SignalingError";
    this.kind = kind;
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
    this.limit = limit;
    this.provider = provider;
    this.end = end;
    this.method = method;
  }

  /**
   * Reads an error object, leaving out members of a wrong type: an error about an error helps nobody.
   * @param {ErrorObject} object
   * @param {string} [method]
   */
  static fromObject(object, method) {
    const data = object.data ?? {};
    return new SignalingError({
      kind: typeof data.kind === "string" ? data.kind : `code.${object.code}`,
      message: String(object.message ?? "The relay named no reason."),
      code: Number(object.code),
      retryable: data.retryable === true,
      retryAfterMs: typeof data.retryAfterMs === "number" ? data.retryAfterMs : undefined,
      limit: typeof data.limit === "string" ? data.limit : undefined,
      provider: typeof data.provider === "object" && data.provider !== null ? { ...data.provider } : undefined,
      end: typeof data.end === "object" && data.end !== null ? { ...data.end } : undefined,
      method,
    });
  }

  /**
   * Wraps what a browser API threw; a `SignalingError` stays as it is.
   * @param {unknown} error
   * @param {import("../protocol.js").ClientErrorKind} kind
   * @param {string} what
   */
  static from(error, kind, what) {
    if (error instanceof SignalingError) return error;
    const words = error instanceof Error ? error.message : String(error);
    return new SignalingError({ kind, message: `${what}: ${words}`, cause: error });
  }
}

/**
 * @param {string} method
 * @param {import("../avatar-relay.js").ConnectionState} state
 */
export function connectionNotOpen(method, state) {
  return new SignalingError({ kind: "client.connectionClosed", message: `The connection is ${state}.`, method });
}

/**
 * The error of a request on a connection that was not let in.
 * @param {string} method
 * @param {string} reason
 */
export function accessDenied(method, reason) {
  return new SignalingError({ kind: "access.denied", message: `The relay refuses the token (${reason}).`, method });
}

/**
 * The error of a request whose response will not come. Whether one that was sent took effect is not known. A text to
 * speak, which is billed, is then never called retryable and never sent again.
 * @param {string} method
 * @param {boolean} sent
 * @param {string} why
 * @param {boolean} [retryable] whether there may be another connection
 */
export function responseLost(method, sent, why, retryable = true) {
  if (sent && SAYS_SOMETHING.has(method)) {
    const message = `${why}; whether the text is spoken is not known.`;
    return new SignalingError({ kind: "talk.unknown", message, method });
  }
  const message = sent ? `${why}.` : `${why}; the request was not sent.`;
  return new SignalingError({ kind: "client.connectionClosed", message, retryable, method });
}
