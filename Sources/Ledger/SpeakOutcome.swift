// What became of a speak.

/// How a speak ended.
public enum SpeakOutcome: Sendable, Hashable, Codable {
  /// The provider accepted it. `talk` is the id that the client was told.
  case spoken(talk: String, durationMs: Int64?)
  /// Nothing was said and nothing will be; the kind is the error's symbolic name.
  case refused(kind: String)
  /// Nobody can know.
  case unknown
}
