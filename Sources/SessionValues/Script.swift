// Holds what an avatar is asked to say.
import StrictJSON

/// What an avatar is to say. Its description never shows the words.
public struct Script: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The words, or where to find them spoken.
  public enum Content: Sendable, Hashable {
    /// Plain text.
    case text(String)
    /// Speech Synthesis Markup Language (W3C).
    case ssml(String)
    /// The URL of a recording.
    case audio(url: String)
  }

  /// The words.
  public var content: Content
  /// The provider's own options of a talk under the provider's own names; the adapter refuses unknown ones.
  public var options: JSONObject

  /// Takes a script as it came; whether the provider takes it is for others to check.
  public init(_ content: Content, options: JSONObject = [:]) {
    self.content = content
    self.options = options
  }

  public var description: String { "script" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
