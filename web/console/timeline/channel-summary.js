// One line of words for a message of the data channel, as each vendor writes them.

/** @typedef {import("./message-summary.js").Summary} Summary */

const LONGEST_WORDS = 90;

/**
 * D-ID writes `stream/started:{…}`, HeyGen JSON with a `type` (docs/mock.md, "What is seen and heard").
 * @param {string} text
 * @param {boolean} binary
 * @returns {Summary & { content: unknown }} with what is in it, parsed where it is JSON
 */
export function channelSummary(text, binary) {
  const labelled = /^([\w-]+\/[\w-]+)(?::(.*))?$/s.exec(text);
  const content = parsed(labelled ? (labelled[2] ?? "") : text);
  const title = labelled?.[1] ?? typeOf(content) ?? "message";
  const words = [binary ? "binary" : "", detailsOf(content)].filter(Boolean).join(" · ");
  const line = words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS - 1)}…` : words;
  return { title, words: line, role: "channel", hollow: false, content: content === undefined ? text : content };
}

/**
 * @param {RTCDataChannelState} state
 * @param {string} label
 * @returns {Summary}
 */
export function channelStateSummary(state, label) {
  return { title: "data channel", words: `${state} · ${label}`, role: "channel", hollow: false };
}

/** @param {string} text */
function parsed(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** @param {any} content */
function typeOf(content) {
  return typeof content?.type === "string" ? content.type : undefined;
}

/**
 * What tells one event from another: the talk and how long it was.
 * @param {any} content
 */
function detailsOf(content) {
  const talk = content?.task_id ?? content?.metadata?.videoId;
  const seconds = typeof content?.duration_ms === "number" ? `${(content.duration_ms / 1000).toFixed(1)} s` : undefined;
  return [talk, seconds].filter((part) => typeof part === "string").join(" · ");
}
