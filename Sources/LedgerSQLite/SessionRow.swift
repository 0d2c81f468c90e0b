// A session's line in the file.
import Foundation
import GRDB
import Ledger

/// The columns of `session`; what belongs together and is never searched for is JSON in one of them.
struct SessionRow: Codable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "session"

  var ordinal: Int64?
  var session: String
  var provider: String
  var relay: String
  var intendedAt: Int64
  var subject: String?
  var intendedIdleMs: Int64?
  var owner: String
  var fence: Int64
  var state: RecordState
  var handle: ProviderHandle?
  var terms: SessionTerms?
  var secrets: [SecretHash]
  var openedAt: Int64?
  var describedAt: Int64?
  var connectedAt: Int64?
  var lastActiveAt: Int64
  var highestSpeak: Int64?
  var reason: String?
  var failedCloses: Int
  var ending: Ending?

  init(_ record: SessionRecord, ordinal: Int64?) {
    self.ordinal = ordinal
    session = record.intent.session
    provider = record.intent.provider
    relay = record.intent.relay.rawValue
    intendedAt = record.intent.at.millisecondsSinceEpoch
    subject = record.intent.subject
    intendedIdleMs = record.intent.idleLimitMs
    owner = record.owner.rawValue
    fence = record.fence
    state = record.state
    handle = record.handle
    terms = record.terms
    secrets = record.secrets
    openedAt = record.openedAt?.millisecondsSinceEpoch
    describedAt = record.describedAt?.millisecondsSinceEpoch
    connectedAt = record.connectedAt?.millisecondsSinceEpoch
    lastActiveAt = record.lastActiveAt.millisecondsSinceEpoch
    highestSpeak = record.highestSpeak
    reason = record.reason
    failedCloses = record.failedCloses
    ending = record.ending
  }

  func record(speaks: [SpeakRecord]) -> SessionRecord {
    var record = SessionRecord(
      SessionIntent(
        session: session, provider: provider, relay: RelayID(rawValue: relay),
        at: WallTime(millisecondsSinceEpoch: intendedAt), subject: subject, idleLimitMs: intendedIdleMs),
      fence: fence)
    record.owner = RelayID(rawValue: owner)
    record.state = state
    record.handle = handle
    record.terms = terms
    record.secrets = secrets
    record.openedAt = openedAt.map(WallTime.init(millisecondsSinceEpoch:))
    record.describedAt = describedAt.map(WallTime.init(millisecondsSinceEpoch:))
    record.connectedAt = connectedAt.map(WallTime.init(millisecondsSinceEpoch:))
    record.lastActiveAt = WallTime(millisecondsSinceEpoch: lastActiveAt)
    record.speaks = speaks
    record.highestSpeak = highestSpeak
    record.reason = reason
    record.failedCloses = failedCloses
    record.ending = ending
    return record
  }
}
