// A voice that needs no library: it is heard, timed and moves the lips, but what it says is hardly understood.

/// Says any script by rules of its own, letter by letter. The same utterance gives the same samples everywhere.
public struct BuiltInVoice: Voice {
  public let name = "built-in"

  public init() {}

  public func speak(_ utterance: Utterance) async throws(SpeechError) -> Speech {
    try await SpeechQueue.shared.run { (cancellation) throws(SpeechError) in
      try SpeechMaker.speech(of: utterance, by: FormantSpeaker(), cancellation)
    }
  }
}
