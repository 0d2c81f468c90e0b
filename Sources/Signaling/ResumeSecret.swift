// What a browser proves with that a session is its own.

/// The secret of a session. It reaches only the client that owns the session, and no log.
public struct ResumeSecret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// 256 random bits as 43 base64url characters. For the codec and the comparison on resume, nothing else.
  public let value: String
  public init(value: String) { self.value = value }
  public var description: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
