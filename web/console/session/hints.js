// Errors and endings in words: what happened, and what to do about it.

/**
 * @typedef {object} Hint
 * @property {string} title
 * @property {string} advice
 */

/** @type {Record<string, Hint>} by the kind of the error; a test compares the list with the registry */
const HINTS = {
  "message.notJSON": hint("The relay could not read a message", "This is a fault of the client; please report it."),
  "message.invalidRequest": hint(
    "The relay could not read a request",
    "This is a fault of the client; please report it.",
  ),
  "message.methodNotFound": hint("The relay does not know this method", "Page and relay may be of different versions."),
  "message.invalidParams": hint("The relay refused the parameters", "Its words below say which one."),
  "server.internalError": hint("The relay failed", "Its log says more."),
  "request.conflict": hint("A request number was used twice", "This is a fault of the client; please report it."),
  "request.stale": hint("A request came too late", "This is a fault of the client; please report it."),
  "request.overload": hint("Too many requests at once", "Wait for some answers, then try again."),
  "request.rate": hint("Too many messages", "The relay takes only so many a second. Wait a moment, then try again."),
  "request.outOfOrder": hint("A part of the text is missing", "The relay did not take what came after it. Say it again."),
  "session.notFound": hint("The relay does not know this session", "It may have ended. Connect again."),
  "session.wrongState": hint("Not in this state", "Wait until the answer was accepted, then try again."),
  "session.limit": hint(
    "The relay has no place for another session",
    "Close a session that you no longer use. Where the day's seconds are used up, come back tomorrow.",
  ),
  "session.closed": hint("The session is over", "Connect again."),
  "session.secretInvalid": hint("The session has another secret", "Another page has taken it over."),
  "talk.tooLong": hint("The text is too long", "Speak it in parts."),
  "talk.tooShort": hint("The text is too short", "Some providers want three characters at the least."),
  "talk.unknown": hint(
    "Nobody knows whether this is spoken",
    "The connection to the provider broke after the request was sent. " +
      "It is not sent again by itself, since it may be billed.",
  ),
  "talk.limit": hint("Too much is spoken", "The relay lets only so much be spoken in a minute. Wait, then try again."),
  "talk.interrupted": hint("This was interrupted", "The interruption came before it was sent, so it is not spoken."),
  "talk.notFound": hint("There is no such talk", "It may have ended already."),
  "sdp.invalid": hint("The description was refused", "The browser's offer or answer is not what the provider can use."),
  "candidate.invalid": hint("A candidate was refused", "The others may still do."),
  "candidate.limit": hint("Too many candidates", "The first ones count; the rest were not sent on."),
  "provider.notConfigured": hint("This provider is not configured", "Give the relay a key for it and start it again."),
  "provider.unauthorized": hint("The provider refused the relay's key", "Check the key that the relay was given."),
  "provider.permission": hint("The provider does not allow this", "The plan or the key lacks a permission."),
  "provider.insufficientCredits": hint(
    "The provider says that credits ran out",
    "Top up the account, or wait for the next month.",
  ),
  "provider.sessionLimit": hint(
    "The provider has no free session",
    "Sessions that nobody closed count until they time out, often after 5 to 10 minutes. " +
      "Close one, or wait and try again.",
  ),
  "provider.rateLimited": hint("The provider asks to slow down", "Wait a little, then try again."),
  "provider.avatarNotFound": hint("The provider does not know this avatar", "Check the avatar and the options."),
  "provider.rejected": hint("The provider refused the request", "Its own words below say why."),
  "provider.moderation": hint("The provider's moderation refused this", "Change the text or the picture."),
  "provider.notReady": hint(
    "The provider is not ready to speak",
    "Most speak only once media flows: wait until the session is live, then try again.",
  ),
  "provider.sessionGone": hint(
    "The provider no longer knows the session",
    "It timed out there, or was closed elsewhere. Connect again.",
  ),
  "provider.unavailable": hint("The provider is out of order", "Try again in a moment."),
  "provider.unreachable": hint(
    "The relay cannot reach the provider",
    "Check the relay's network, proxy and provider address.",
  ),
  "provider.fateUnknown": hint(
    "Nobody knows whether this took effect",
    "The provider gave no answer, or one that does not say what it did.",
  ),
  "provider.malformedReply": hint("The provider's answer made no sense", "Its API may have changed."),
  "access.required": hint(
    "The relay asks for a token",
    "Whoever runs it hands tokens out. Put one under “Advanced”, or open the console with #token=… in its address.",
  ),
  "access.denied": hint("The relay refuses the token", "The reason is named below; POST /v1/validate says it too."),
  "access.forbidden": hint("The token does not allow this", "Another provider or avatar may be allowed."),
  "access.expired": hint("The token expired", "Fetch a new one and show it."),
  "access.budget": hint("The token's seconds are used up", "Whoever hands tokens out decides about more."),
  "notSupported": hint("Not possible here", "This provider has no such call."),
  "server.draining": hint("The relay is about to stop", "Connect again in a moment; another one may take over."),
  "server.ledgerUnavailable": hint("The relay cannot write", "Its disk may be full. Nothing was opened or spoken."),
  "server.paused": hint("The relay takes no sessions for now", "Whoever runs it has stopped new ones."),
  "client.connectFailed": hint(
    "No connection to the relay",
    "Is it running, and is the address right? See “Advanced”.",
  ),
  "client.connectionClosed": hint("The connection to the relay is gone", "Connect again."),
  "client.storageFailed": hint("The browser stores nothing for this page", "The session cannot outlive a reload."),
  "client.timeout": hint(
    "No answer in time",
    "The relay or the provider is slow. What was asked may still have taken effect.",
  ),
  "client.cancelled": hint("Given up", "The session was closed before it was open."),
  "client.overload": hint("Too many requests at once", "Wait for some answers, then try again."),
  "client.malformedMessage": hint(
    "The relay sent something unexpected",
    "Page and relay may be of different versions.",
  ),
  "client.sequenceGap": hint("Messages of the relay are missing", "What the page shows may be out of date."),
  "client.wrongState": hint("Not in this state", "Connect first."),
  "client.channelNotOpen": hint("The data channel is not open", "It opens once media is connected; then try again."),
  "client.textFailed": hint("The text ended too early", "What came before is spoken."),
  "client.peerFailed": hint("The browser's WebRTC refused", "The browser's own words are below."),
  "client.iceFailed": hint(
    "No path for media was found",
    "Signaling is up, and you can go on speaking. " +
      "A firewall may block UDP: try “TURN servers only”, under “Advanced”. The bundled mock needs a network address " +
      "beside loopback, or --rtc-advertise in a container, and has no media at all with --media none.",
  ),
};

/** @type {Record<import("../../client/avatar-relay.js").ClosedEvent["reason"], string>} */
const ENDINGS = {
  client: "You closed the session.",
  idle: "Nothing was said for too long, so the session ended.",
  lifetime: "The session reached its greatest length.",
  provider: "The provider ended the session.",
  connectionLost: "The connection to the relay was lost, and the session with it.",
  draining: "The relay is stopping and closed the session.",
  openFailed: "The session could not be opened.",
  access: "The token expired.",
  budget: "The seconds of the token, or of all for the day, are used up.",
  takenOver: "Another page took the session over.",
  operator: "Whoever runs the relay ended the session.",
  sequenceGap: "Messages of the relay were missing, twice at the same place, so the session was given up.",
};

/**
 * @param {string} title
 * @param {string} advice
 * @returns {Hint}
 */
function hint(title, advice) {
  return { title, advice };
}

/** The kinds that have words of their own. */
export const KNOWN_KINDS = Object.keys(HINTS);

/** How the relay's own words begin where it refused what the provider would not take, before it was asked. */
const OWN_REFUSAL = /^(options|avatar|text|ssml|audioUrl)\b/;

/**
 * What to show for an error; a kind that is not known is shown with the relay's own words.
 * @param {string} kind
 * @param {string} [message]
 * @param {import("../../client/protocol.js").ProviderWords} [provider] its words, if it was asked
 * @returns {Hint}
 */
export function hintFor(kind, message = "", provider) {
  if (kind === "provider.rejected" && !provider && OWN_REFUSAL.test(message)) {
    return hint("The relay refused this", "The provider would not take it, and was not asked. The words below say why.");
  }
  return HINTS[kind] ?? hint("Something went wrong", `The relay calls it ${kind}.`);
}

/**
 * Why a session ended, and what to do next.
 * @param {Pick<import("../../client/avatar-relay.js").ClosedEvent, "reason" | "action">} event
 */
export function ending({ reason, action }) {
  const why = ENDINGS[reason] ?? `The session ended (${reason}).`;
  return action === "stop" ? why : `${why} Connect again to go on.`;
}
