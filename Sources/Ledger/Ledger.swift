// Says what every store of the durable record of sessions has to do, and how it fails.

/// Remembers every session that may be open, and billed, at a provider, for longer than the process lives.
///
/// What a call records is durable when it returns, and calls take effect in the order in which they were made. A call
/// that throws may have been recorded all the same, unless its code says that nothing was. Implementations run on their
/// caller's executor and never block it.
///
/// One store may serve several relays: a session has one owner at a time, who holds a ``Lease`` on it.
public protocol Ledger: Sendable {
  /// Records that a session is about to be created, owned by the intent's relay.
  /// - Returns: the first lease on it.
  /// - Throws: `.duplicateSession`; `.illegalFact` for a name that the store cannot keep as it is (one with a zero
  ///   byte).
  func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease

  /// Records facts of a session, all of them or none.
  /// - Throws: `.fenced` when another relay has claimed the session since, `.unknownSession`, `.illegalFact`; nothing
  ///   was recorded then.
  func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure)

  /// What is known of a session; nil for one that is not, or no longer, in the ledger.
  func session(_ session: String) async throws(LedgerFailure) -> SessionRecord?

  /// Makes a relay the owner of a session that is not over.
  /// - Throws: `.unknownSession`, or, where the rule says so, `.held` by a living owner or `.overtaken`.
  func claim(
    _ session: String, by relay: RelayID, _ rule: ClaimRule
  ) async throws(LedgerFailure) -> Claim

  /// Makes leases last longer where they run out.
  /// - Returns: the leases that are good, by session; those that are missing are lost.
  func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease]

  /// Gives a session up that is not over, so that another relay may claim it at once.
  func release(_ session: String, _ lease: Lease) async throws(LedgerFailure)

  /// The sessions that are not over and have no living owner, oldest first.
  /// - Parameter relay: who asks. A session of its own is among them only where its lease has run out, as that of a claim
  ///   whose answer was lost does.
  func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord]

  /// The sessions at a provider that are not over, whoever owns them, oldest first.
  func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord]

  /// Puts time on the account of a day, which all relays of the store share.
  /// - Parameters:
  ///   - milliseconds: of open sessions; 0 only asks.
  ///   - day: in days since 1970-01-01 UTC. Accounts are kept for ``LedgerBounds/accountDays``.
  /// - Returns: what is on the account now, in milliseconds.
  func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64

  /// Writes what waits and lets the store go. Later calls fail.
  func close() async
}

/// Why something was not recorded or not read. It holds no secret and nothing that a client sent.
public struct LedgerFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds that a relay can act on.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The store does not answer, or not in time.
    case unavailable
    /// No room is left.
    case full
    /// The store cannot be written.
    case readOnly
    /// What is stored cannot be understood.
    case corrupt
    /// What is stored was written by a newer version.
    case tooNew
    /// Another process uses the store, which takes one only.
    case inUse
    /// More waits to be written than may.
    case overloaded
    /// Another relay has claimed the session since: it is not this one's to act for any more.
    case fenced
    /// A living relay owns the session.
    case held
    /// A later request of its client has resumed the session.
    case overtaken
    /// The session is not in the ledger, or over.
    case unknownSession
    /// A session of that id is there already.
    case duplicateSession
    /// The fact does not fit what is recorded.
    case illegalFact
  }

  /// What happened.
  public let code: Code
  /// One sentence for an operator: what happened and what to do.
  public let message: String

  /// Makes a failure.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Whether the session has another owner, or is over: acting for it has to stop at once.
  public var isLoss: Bool {
    switch code {
    case .fenced, .held, .unknownSession: true
    default: false
    }
  }

  public var description: String { "\(code.rawValue): \(message)" }
}

/// The bounds that every store keeps to.
public enum LedgerBounds {
  /// Speaks of one session; the oldest that has an outcome is forgotten first.
  public static let speaksPerSession = 256
  /// Hashes of secrets of one session: the newest and the one before.
  public static let secretsPerSession = 4
  /// Ended sessions, for whoever looks into a complaint; the oldest are forgotten first.
  public static let endedSessions = 10_000
  /// Days whose accounts are kept, up to the latest that was charged.
  public static let accountDays: Int64 = 31
}

/// For development: sessions of a process that is killed stay open at their providers until these end them.
public struct NoLedger: Ledger {
  /// There is nothing to open.
  public init() {}

  public func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease { Lease(fence: 1) }
  public func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure) {}
  public func session(_ session: String) async throws(LedgerFailure) -> SessionRecord? { nil }

  public func claim(
    _ session: String, by relay: RelayID, _ rule: ClaimRule
  ) async throws(LedgerFailure) -> Claim {
    throw LedgerFailure(.unknownSession, "no ledger is kept")
  }

  public func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease] { leases }
  public func release(_ session: String, _ lease: Lease) async throws(LedgerFailure) {}
  public func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord] { [] }
  public func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord] { [] }
  public func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64 { milliseconds }
  public func close() async {}
}
