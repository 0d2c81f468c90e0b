// A session's record as the server keeps it.
import Foundation
import Ledger

/// A record as JSON, without what the server's scripts have to know and keep beside it: owner and fence.
struct RecordDocument: Codable {
  struct Speak: Codable {
    var request: Int64
    var fingerprint: ScriptFingerprint
    var at: WallTime
    var outcome: SpeakOutcome?
  }

  var session: String
  var provider: String
  var relay: String
  var intendedAt: WallTime
  var subject: String?
  var intendedIdleMs: Int64?
  var state: RecordState
  var handle: ProviderHandle?
  var terms: SessionTerms?
  var secrets: [SecretHash]
  var openedAt: WallTime?
  var describedAt: WallTime?
  var connectedAt: WallTime?
  var lastActiveAt: WallTime
  var speaks: [Speak]
  var highestSpeak: Int64?
  var reason: String?
  var failedCloses: Int
  var ending: Ending?

  init(_ record: SessionRecord) {
    session = record.intent.session
    provider = record.intent.provider
    relay = record.intent.relay.rawValue
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
    speaks = record.speaks.map {
      Speak(request: $0.request, fingerprint: $0.fingerprint, at: $0.at, outcome: $0.outcome)
    }
    highestSpeak = record.highestSpeak
    reason = record.reason
    failedCloses = record.failedCloses
    ending = record.ending
  }

  func record(owner: String, fence: Int64) -> SessionRecord {
    var record = SessionRecord(
      SessionIntent(
        session: session, provider: provider, relay: RelayID(rawValue: relay), at: intendedAt, subject: subject,
        idleLimitMs: intendedIdleMs),
      fence: fence)
    record.owner = RelayID(rawValue: owner)
    record.state = state
    record.handle = handle
    record.terms = terms
    record.secrets = secrets
    record.openedAt = openedAt
    record.describedAt = describedAt
    record.connectedAt = connectedAt
    record.lastActiveAt = lastActiveAt
    record.speaks = speaks.map {
      SpeakRecord(request: $0.request, fingerprint: $0.fingerprint, at: $0.at, outcome: $0.outcome)
    }
    record.highestSpeak = highestSpeak
    record.reason = reason
    record.failedCloses = failedCloses
    record.ending = ending
    return record
  }

  // MARK: Bytes

  static func bytes(of record: SessionRecord) throws(LedgerFailure) -> [UInt8] {
    do { return Array(try JSONEncoder().encode(RecordDocument(record))) } catch {
      throw LedgerFailure(.illegalFact, "a record cannot be written as JSON")
    }
  }

  init(bytes: [UInt8]) throws(LedgerFailure) {
    do { self = try JSONDecoder().decode(RecordDocument.self, from: Data(bytes)) } catch {
      throw LedgerFailure(.corrupt, "a record of the ledger cannot be understood")
    }
  }
}
