// How a connection ended.

/// What the end of a connection means for its sessions.
public enum ConnectionEnd: Sendable, Hashable {
  /// It was lost, or its client may come back: sessions wait for the grace time.
  case lost
  /// The client said that it is done (close code 1000, RFC 6455 section 7.4.1): its sessions are closed at once.
  case done
}
