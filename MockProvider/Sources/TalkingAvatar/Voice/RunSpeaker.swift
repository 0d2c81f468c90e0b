// What a voice does beneath the markup: it says one run of text.

/// Says runs of text; called on the thread of ``SpeechQueue`` only.
protocol RunSpeaker: Sendable {
  /// - Parameters:
  ///   - isFemale: whether the voice that was asked for is known to be a woman's.
  ///   - isLast: whether nothing follows, so that no pause is due at the end.
  func say(_ run: TextRun, isFemale: Bool, isLast: Bool, _ cancellation: Cancellation) throws(SpeechError) -> RunSound
}
