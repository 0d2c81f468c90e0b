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
  public var continuation: Continuation
  public init(secret: ResumeSecret, continuation: Continuation) {
    self.secret = secret
    self.continuation = continuation
  }
}
