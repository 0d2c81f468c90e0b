// The names of the notifications.

/// A notification's name on the wire.
public enum NotificationMethod: String, Sendable, Hashable, CaseIterable {
  case state = "session.state"
  case talk = "session.talk"
  case interrupted = "session.interrupted"
  case candidate = "session.candidate"
  case expiring = "session.expiring"
  case closed = "session.closed"
  case queued = "request.queued"
  case draining = "server.draining"
}

extension Notification {
  /// The name of this notification.
  public var method: NotificationMethod {
    switch self {
    case .draining: .draining
    case .queued: .queued
    case .session(_, _, .state): .state
    case .session(_, _, .talk): .talk
    case .session(_, _, .interrupted): .interrupted
    case .session(_, _, .candidate): .candidate
    case .session(_, _, .expiring): .expiring
    case .session(_, _, .closed): .closed
    }
  }
}
