// What `session.speak` carries.

/// Exactly one of the three members `text`, `ssml` and `audioUrl` of the parameters.
public enum SpeakScript: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  case text(String)
  case ssml(String)
  case audioURL(String)
  public var description: String { "script" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
