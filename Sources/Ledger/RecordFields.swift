// A session's record as stores write it: one level of named fields.
import SessionValues

/// All of a record but its speaks and whose it is, which stores keep apart: they look for the ones and compare the
/// other.
public struct RecordFields: Sendable, Codable {
  public let session: String
  let provider: String
  let relay: RelayID
  let intendedAt: WallTime
  let subject: String?
  let intendedIdleMs: Int64?
  public let state: RecordState
  let handle: SessionHandle?
  let terms: SessionTerms?
  let secrets: [SecretHash]
  let openedAt: WallTime?
  let describedAt: WallTime?
  let connectedAt: WallTime?
  let lastActiveAt: WallTime
  let highestSpeak: Int64?
  let reason: String?
  let failedCloses: Int
  let ending: Ending?

  public init(_ record: SessionRecord) {
    session = record.intent.session
    provider = record.intent.provider
    relay = record.intent.relay
    intendedAt = record.intent.at
    subject = record.intent.subject
    intendedIdleMs = record.intent.idleLimitMs
    state = record.state
    handle = record.handle
    terms = record.terms
    secrets = record.secrets
    openedAt = record.openedAt
    describedAt = record.describedAt
    connectedAt = record.connectedAt
    lastActiveAt = record.lastActiveAt
    highestSpeak = record.highestSpeak
    reason = record.reason
    failedCloses = record.failedCloses
    ending = record.ending
  }

  /// The record again.
  public func record(owner: RelayID, fence: Int64, speaks: [SpeakRecord]) -> SessionRecord {
    var record = SessionRecord(
      SessionIntent(
        session: session, provider: provider, relay: relay, at: intendedAt, subject: subject,
        idleLimitMs: intendedIdleMs),
      fence: fence)
    record.owner = owner
    record.state = state
    record.handle = handle
    record.terms = terms
    record.secrets = secrets
    record.openedAt = openedAt
    record.describedAt = describedAt
    record.connectedAt = connectedAt
    record.lastActiveAt = lastActiveAt
    record.speaks = speaks
    record.highestSpeak = highestSpeak
    record.reason = reason
    record.failedCloses = failedCloses
    record.ending = ending
    return record
  }
}
