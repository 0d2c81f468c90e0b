// Notes the kinds of the errors that a session tells of.

/**
 * @param {import("../../client/avatar-relay.js").AvatarSession} session
 * @returns {string[]} grows as errors come
 */
export function listen(session) {
  /** @type {string[]} */
  const kinds = [];
  session.on("error", (error) => kinds.push(error.kind));
  return kinds;
}
