// One line of words for a signaling message, and what it answers.

/** @typedef {import("../../client/avatar-relay.js").LoggedMessage} LoggedMessage */
/**
 * @typedef {object} Summary
 * @property {string} title the method, also of an answer
 * @property {string} words what is in it, in short
 * @property {"request" | "answer" | "error" | "notification" | "channel" | "unreadable"} role
 * @property {boolean} hollow an answer that says nothing but "yes"
 */

/** How many requests are remembered for their answers. */
const MAX_REMEMBERED = 512;
const LONGEST_WORDS = 90;

export class MessageSummaries {
  /** @type {Map<unknown, { method: string, at: number }>} */
  #asked = new Map();

  /**
   * @param {LoggedMessage} logged
   * @returns {Summary}
   */
  summarize({ direction, at, message }) {
    if (!message) return { title: "not JSON", words: "", role: "unreadable", hollow: false };
    const { id, method, params, result, error } = /** @type {any} */ (message);
    if (direction === "sent") {
      this.#remember(id, method, at);
      return { title: method, words: shorten(requestWords(method, params ?? {})), role: "request", hollow: false };
    }
    if (method) {
      const words = shorten(notificationWords(method, params));
      return { title: method, words, role: "notification", hollow: false };
    }
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    const took = asked ? `${Math.max(0, Math.round(at - asked.at))} ms` : "";
    const title = asked?.method ?? "answer";
    if (error) {
      const words = [error.data?.kind ?? `code ${error.code}`, took].filter(Boolean).join(" · ");
      return { title, words, role: "error", hollow: false };
    }
    const words = resultWords(result ?? {});
    const provider = result?.providerMs === undefined ? "" : `provider ${result.providerMs} ms`;
    const line = shorten([words || "ok", took, provider].filter(Boolean).join(" · "));
    return { title, words: line, role: "answer", hollow: !words };
  }

  /**
   * @param {unknown} id
   * @param {string} method
   * @param {number} at
   */
  #remember(id, method, at) {
    this.#asked.set(id, { method, at });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MAX_REMEMBERED) this.#asked.delete(oldest);
  }
}

/**
 * @param {string} method
 * @param {any} params
 */
function requestWords(method, params) {
  switch (method) {
    case "session.open":
      return [params.provider, params.avatar].filter(Boolean).join(" · ");
    case "session.candidate":
      return candidateWords(params.candidate);
    case "session.speak":
      return params.text ?? params.ssml ?? params.audioUrl ?? "";
    case "session.speakPart":
      return `${params.index} · ${params.text}`;
    case "session.speakEnd":
      return `${params.index} · the end`;
    case "session.report":
      return reportWords(params);
    case "session.offer":
    case "session.answer":
      return sdpWords(params.offer ?? params.answer);
    case "session.resume":
      return `after ${params.lastSeq}`;
    default:
      return params.talk ?? "";
  }
}

/**
 * @param {string} method
 * @param {any} params
 */
function notificationWords(method, params) {
  switch (method) {
    case "session.state":
      return params.state;
    case "session.talk":
      return `${params.phase}${params.estimated ? " (estimated)" : ""} · ${params.talk}`;
    case "session.interrupted":
      return [params.talk, params.error?.message].filter(Boolean).join(" · ");
    case "session.candidate":
      return candidateWords(params.candidate);
    case "session.expiring":
      return `${params.cause} in ${Math.round(params.inMs / 1000)} s`;
    case "session.closed":
      return `${params.reason} · ${params.action}`;
    case "request.queued":
      return `place ${params.position}`;
    case "server.draining":
      return `within ${Math.round(params.deadlineMs / 1000)} s`;
    default:
      return "";
  }
}

/** @param {any} result */
function resultWords(result) {
  if (result.resync) return `resync · ${result.resync.state}`;
  if (result.replayed !== undefined) return `${result.replayed} missed`;
  if (result.session) return result.offer ? sdpWords(result.offer) : "opened";
  if (result.answer) return sdpWords(result.answer);
  if (result.talk) return result.talk + (result.durationMs ? `, ${(result.durationMs / 1000).toFixed(1)} s` : "");
  if (result.expiresInMs) return `ends in ${Math.round(result.expiresInMs / 1000)} s`;
  if (result.sendOnDataChannel) return "to be sent on the data channel";
  if (result.interrupted) return "interrupted";
  if (result.pending) return "once the talk is accepted";
  return "";
}

/** @param {any} params */
function reportWords({ iceConnectionState, dataChannelState, dataChannelMessage, candidatePair }) {
  if (iceConnectionState) return `ICE ${iceConnectionState}`;
  if (dataChannelState) return `data channel ${dataChannelState}`;
  if (dataChannelMessage) return dataChannelMessage;
  return candidatePair ? `${candidatePair.local} to ${candidatePair.remote} over ${candidatePair.protocol}` : "";
}

/**
 * The type and address of a candidate (RFC 8839, section 5.1).
 * @param {{ candidate: string } | null} init
 */
function candidateWords(init) {
  if (!init?.candidate) return "end of candidates";
  const [, , protocol = "", , address = "", port = "", , type = ""] = init.candidate.split(" ");
  return `${type} ${protocol.toLowerCase()} ${address}:${port}`;
}

/** @param {{ type: string, sdp: string } | undefined} description */
function sdpWords(description) {
  const media = [...(description?.sdp ?? "").matchAll(/^m=(\S+)/gm)].map(([, kind]) => kind);
  return [description?.type, media.join(", ")].filter(Boolean).join(" · ");
}

/** @param {string} words */
function shorten(words) {
  const line = words.replace(/\s+/g, " ").trim();
  return line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS - 1)}…` : line;
}
