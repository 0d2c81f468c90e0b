// The result of session.resume.

/// How a session goes on with a new connection.
public struct ResumedSession: Sendable, Hashable {
  /// How the client learns what it missed.
  public enum Continuation: Sendable, Hashable {
    /// So many notifications follow at once, which it missed.
    case replay(count: Int)
    /// They are gone; this is how the session stands.
    case resync(SessionSnapshot)
  }

  /// What the next resume is done with.
  public var secret: ResumeSecret
  /// The highest id of a request about the session; 0 if there was none. Whoever kept an older counter goes on from
  /// here.
  public var lastID: Int64
  public var continuation: Continuation
  public init(secret: ResumeSecret, lastID: Int64, continuation: Continuation) {
    self.secret = secret
    self.lastID = lastID
    self.continuation = continuation
  }
}
