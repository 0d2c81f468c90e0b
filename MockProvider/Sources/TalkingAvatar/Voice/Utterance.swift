// What a voice is asked to say.

/// One thing to be said, as a vendor's API asks for it.
public struct Utterance: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    /// Plain text: a tag in it is text too.
    case text(String)
    /// Speech Synthesis Markup Language (W3C SSML 1.1). What is broken in it is said as well as it goes.
    case ssml(String)
    /// The bytes of a WAV file.
    case audio([UInt8])
  }

  public var content: Content
  /// The language that was asked for, as a BCP 47 tag. Without one it follows from ``voice``, else from the text.
  public var language: String?
  /// The voice that was asked for by the vendor's own id, as in `ja-JP-NanamiNeural`. Ids that name no language, as
  /// ElevenLabs' and HeyGen's do, leave it to the text.
  public var voice: String?

  public init(_ content: Content, language: String? = nil, voice: String? = nil) {
    self.content = content
    self.language = language
    self.voice = voice
  }
}
