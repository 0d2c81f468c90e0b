// Takes what must not be shown out of a signaling message before anybody looks at it.

const HIDDEN = "[redacted]";
const SECRET_MEMBERS = new Set(["secret", "credential", "token"]);

/**
 * A deep copy in which secrets, TURN credentials, room tokens and ICE passwords (those of an SDP) are blotted out.
 * @template Message
 * @param {Message} message
 * @returns {Message}
 */
export function redact(message) {
  return /** @type {Message} */ (copy(message, ""));
}

/**
 * @param {unknown} value
 * @param {string} member
 * @returns {unknown}
 */
function copy(value, member) {
  if (SECRET_MEMBERS.has(member) && value !== null && value !== undefined) return HIDDEN;
  if (Array.isArray(value)) return value.map((item) => copy(item, ""));
  if (typeof value === "string") {
    return member === "sdp" ? value.replace(/^(a=ice-pwd:)[^\r\n]*/gm, `$1${HIDDEN}`) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item, name)]));
}
