// The one error of every ledger.

/// Why something was not recorded or not read. It holds no secret and nothing that a client sent.
public struct LedgerFailure: Error, Sendable, Hashable, CustomStringConvertible {
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
    /// The session is not in the ledger, or over.
    case unknownSession
    /// A session of that id is there already.
    case duplicateSession
    /// The fact does not fit what is recorded.
    case illegalFact
  }

  public let code: Code
  /// One sentence for an operator: what happened and what to do.
  public let message: String

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
