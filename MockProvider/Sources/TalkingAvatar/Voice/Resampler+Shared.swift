// The filters of the one rate that is needed all the time.

extension Resampler {
  /// espeak-ng's rate; computing its filters takes longer than a short utterance.
  private static let fromEspeak = Resampler(from: 22_050, to: Speech.sampleRate)

  static func shared(from rate: Int) -> Resampler {
    rate == 22_050 ? fromEspeak : Resampler(from: rate, to: Speech.sampleRate)
  }
}
