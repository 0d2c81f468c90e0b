// Why there is no speech.

/// An utterance that was not said. It never holds a word of the utterance.
public struct SpeechError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// More text than a voice takes: ``SpeechLimits/characters``.
    case textTooLong
    /// The speech would last longer than ``SpeechLimits/duration``.
    case speechTooLong
    /// The audio file cannot be played.
    case audio(WAVError)
    /// Too many utterances are waiting: ``SpeechLimits/waiting``.
    case overloaded
    /// The calling task was cancelled.
    case cancelled
    /// The voice that was asked for is not on this machine.
    case voiceUnavailable
    /// The speech library reported a failure.
    case libraryFailed(status: Int)
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  /// True when the same call may succeed later.
  public var isRetryable: Bool { code == .overloaded }

  public var description: String {
    switch code {
    case .textTooLong: "the text has more than \(SpeechLimits.characters) characters"
    case .speechTooLong: "the speech would last longer than \(SpeechLimits.duration)"
    case .audio(let error): "the audio cannot be played: \(error)"
    case .overloaded: "\(SpeechLimits.waiting) utterances are waiting already"
    case .cancelled: "it was cancelled"
    case .voiceUnavailable: "espeak-ng is not installed"
    case .libraryFailed(let status): "espeak-ng reported status \(status)"
    }
  }
}
