// How far a connection is trusted.

/// Whether a connection may open and use sessions.
enum ConnectionAccess: Sendable, Hashable {
  /// The relay asks nobody for a token.
  case unguarded
  /// A token is still to come; so many were refused.
  case awaited(refused: Int)
  case granted(Permit)
  /// The token expired and the grace passed; a new one is awaited. So many were refused.
  case lapsed(Permit, refused: Int)
}
