// A call that speaks, before it is decided.

/// What is to be said, and where.
struct SpeechCall: Sendable {
  let wish: SpeechWish
  /// The session's id.
  let session: String
  /// Where the session plays; nil without media.
  let stage: MediaStage?
}
