// What the ledger knows of one session.
import SessionValues

/// A session's record. ``apply(_:)`` is the meaning of every fact; stores keep its result in their own way.
public struct SessionRecord: Sendable, Hashable {
  /// What was recorded before the session was created.
  public var intent: SessionIntent
  /// Who acts for the session; its first owner is the intent's.
  public var owner: RelayID
  /// The latest claim's number.
  public var fence: Int64
  public var state: RecordState
  /// Set as soon as the provider named the session.
  public var handle: SessionHandle?
  public var terms: SessionTerms?
  /// Hashes of the secrets that are good, newest first.
  public var secrets: [SecretHash]
  public var openedAt: WallTime?
  /// When the provider accepted the browser's description; nil until then.
  public var describedAt: WallTime?
  /// When the browser first reported a connection; nil until then.
  public var connectedAt: WallTime?
  /// When the provider last heard of the session, as far as is known.
  public var lastActiveAt: WallTime
  /// The speaks, oldest first.
  public var speaks: [SpeakRecord]
  /// The highest request that was ever a speak: a lower one that is not in ``speaks`` may have been sent.
  public var highestSpeak: Int64?
  /// Why the session is being ended or ended.
  public var reason: String?
  /// How often the provider was asked to end it without confirming it.
  public var failedCloses: Int
  /// Set once the state is ``RecordState/ended``.
  public var ending: Ending?

  /// The record of an intent.
  public init(_ intent: SessionIntent, fence: Int64 = 1) {
    self.intent = intent
    self.fence = fence
    owner = intent.relay
    state = .intended
    secrets = []
    lastActiveAt = intent.at
    speaks = []
    failedCloses = 0
  }

  /// The speak of a request, if one is remembered.
  public func speak(_ request: Int64) -> SpeakRecord? { speaks.last { $0.request == request } }
}
