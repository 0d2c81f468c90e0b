// Hands on what a relay says to those whom it is about.
import { SignalingError } from "./signaling-error.js";

/** @typedef {import("./avatar-relay.js").ConnectionEvents} ConnectionEvents */

/**
 * @param {import("./incoming.js").Incoming} incoming
 * @param {object} to
 * @param {import("./request-queue.js").RequestQueue} to.requests
 * @param {import("./session-book.js").SessionBook} to.book
 * @param {import("./emitter.js").Emitter<ConnectionEvents>} to.events
 */
export function handOn(incoming, { requests, book, events }) {
  const misread = (/** @type {string} */ message) =>
    events.emit("error", new SignalingError({ kind: "client.malformedMessage", message }));
  switch (incoming.kind) {
    case "notification": {
      const { method, params } = /** @type {any} */ (incoming);
      if (method === "request.queued") requests.queued(params.id, params.position);
      const wanted = typeof params.session !== "string" || book.accepts(method, params);
      return wanted && events.emit("notification", { method, params });
    }
    case "answer":
      if (requests.settle(incoming.id, incoming.answer)) return;
      return misread(`The relay answered ${incoming.id}, which was not asked.`);
    case "complaint":
      return events.emit("error", SignalingError.fromObject(incoming.error));
    case "malformed":
      return misread(incoming.why);
  }
}
