// Registers how connections and sessions end, and what a client does about each.

/// A close code that a client of this server may see. RFC 6455's own keep their meaning (section 7.4.1); 4000–4499 mean
/// "connect again", 4500–4999 "do not".
public enum CloseCode: UInt16, Sendable, Hashable, CaseIterable {
  /// All is done. Where the client says it, its sessions are closed at once.
  case normal = 1000
  /// Either side leaves.
  case goingAway = 1001
  /// A frame or a message that is against RFC 6455.
  case protocolError = 1002
  /// A binary message.
  case unsupportedData = 1003
  /// A text message that is not UTF-8.
  case invalidUTF8 = 1007
  /// A message with more bytes than the server takes.
  case messageTooBig = 1009
  /// Never sent by this server: proxies say it when they lose what is behind them.
  case internalError = 1011
  /// The server is leaving; the sessions of the connection are over.
  case draining = 4000
  /// No pong came within the stated time.
  case pingTimeout = 4001
  /// The client read too slowly and its write queue was full.
  case slowReader = 4002
  /// The client sent more malformed messages than is tolerated.
  case tooManyErrors = 4500
  /// No valid token came in time, or only wrong ones.
  case accessDenied = 4501
  /// Other connections resumed all sessions of this one.
  case takenOver = 4502
  /// Too many wrong secrets were shown.
  case secretsRefused = 4503
  /// The client went on sending more messages than it may.
  case tooManyMessages = 4504
}

extension CloseCode {
  /// What a client does after a close with this code.
  public var action: CloseAction {
    switch self {
    case .internalError, .pingTimeout, .slowReader: .resume
    case .goingAway, .draining: .reconnect
    case .normal, .protocolError, .unsupportedData, .invalidUTF8, .messageTooBig, .tooManyErrors, .accessDenied,
      .takenOver, .secretsRefused, .tooManyMessages:
      .stop
    }
  }

  /// How long a client waits, at the least, before it connects again, in milliseconds; nil where it must not.
  public var afterMs: Int64? {
    switch self {
    case .pingTimeout: 0
    case .internalError, .slowReader, .goingAway, .draining: 1000
    case .normal, .protocolError, .unsupportedData, .invalidUTF8, .messageTooBig, .tooManyErrors, .accessDenied,
      .takenOver, .secretsRefused, .tooManyMessages:
      nil
    }
  }
}

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

/// What a client should do after `session.closed`.
public enum CloseAction: String, Sendable, Hashable, CaseIterable {
  /// Resume the same session on a new connection.
  case resume
  /// Open a new session.
  case reconnect
  /// Nothing: it is over.
  case stop
}
