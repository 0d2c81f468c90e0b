// Holds what an avatar is asked to say, and says how long it may be.
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

/// How long the text of one talk may be, counted as the provider counts.
public struct TextLength: Sendable, Hashable {
  /// What is counted.
  public enum Unit: String, Sendable, Hashable, CaseIterable {
    /// UTF-16 code units, as JavaScript's `length` counts (D-ID).
    case utf16
    /// Bytes of UTF-8.
    case bytes
  }

  /// What is counted.
  public var unit: Unit
  /// How many there may be.
  public var range: ClosedRange<Int>

  /// States a length.
  public init(_ unit: Unit, _ range: ClosedRange<Int>) {
    self.unit = unit
    self.range = range
  }

  /// How long a text is.
  public func count(_ text: String) -> Int {
    switch unit {
    case .utf16: text.utf16.count
    case .bytes: text.utf8.count
    }
  }

  /// What no text within the length has more bytes than: a UTF-16 code unit takes three bytes of UTF-8 at the most.
  public var maximumBytes: Int {
    switch unit {
    case .utf16: 3 * range.upperBound
    case .bytes: range.upperBound
    }
  }
}
