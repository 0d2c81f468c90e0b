// Why a session ended, and what a client should do about it.

/// The reasons of `session.closed`.
public enum CloseReason: String, Sendable, Hashable, CaseIterable {
  /// A client asked for it.
  case client
  /// Nothing was said for the idle limit.
  case idle
  /// The session's hard lifetime passed.
  case lifetime
  /// The provider ended it, or no longer knows it.
  case provider
  /// The connection dropped and the grace time passed.
  case connectionLost
  /// The server is leaving.
  case draining
  /// `session.open` failed after it had been given an id.
  case openFailed
  /// The token expired and no new one came within the grace.
  case access
  /// The subject's seconds are used up, or the day's of all.
  case budget
  /// The server's operator ended it.
  case operatorEnded = "operator"
  /// Another connection resumed the session; only the connection that lost it is told so.
  case takenOver
}

extension CloseReason {
  /// The action that goes with the reason, always the same.
  public var action: CloseAction {
    switch self {
    case .client, .openFailed, .budget, .operatorEnded, .takenOver: .stop
    case .idle, .lifetime, .provider, .connectionLost, .draining, .access: .reconnect
    }
  }

  /// How long to wait before the action, in milliseconds; nil where there is nothing to do.
  public var afterMs: Int64? {
    switch self {
    case .client, .openFailed, .budget, .operatorEnded, .takenOver: nil
    case .idle, .lifetime, .connectionLost, .access: 0
    // What ended these may still be there: the provider's trouble, or the server that is leaving.
    case .provider, .draining: 1000
    }
  }
}
