// Where a request's id and answer are remembered.
import Signaling

/// Whose business a request is.
enum RequestScope: Sendable, Hashable {
  /// A session that the connection has.
  case session(SessionID)
  /// A closed session that the connection had, or asked for.
  case closed(SessionID)
  /// Everything else: `authorize`, `ping`, `session.open`, `session.resume`, and sessions that are not the
  /// connection's.
  case connection
}
