// What the tests of voices listen with.
import Foundation
import TalkingAvatar

/// The voices of this machine, and ears.
enum VoiceFixture {
  static let hasEspeak = (try? Voices.voice(.espeak)) != nil
  /// The built-in voice always, espeak-ng where it is installed.
  static let choices: [VoiceChoice] = hasEspeak ? [.builtIn, .espeak] : [.builtIn]

  static func say(_ content: Utterance.Content, _ choice: VoiceChoice, voice: String? = nil) async throws -> Speech {
    try await Voices.voice(choice).speak(Utterance(content, voice: voice))
  }

  /// The root of the mean square of a stretch, full scale being 32768.
  static func level(_ samples: some Collection<Int16>) -> Double {
    guard !samples.isEmpty else { return 0 }
    return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }

  /// How strong one frequency is in a sound: the amplitude of a sine, full scale being 32768 (Goertzel's algorithm).
  static func strength(of frequency: Double, in samples: [Int16], rate: Int = Speech.sampleRate) -> Double {
    let coefficient = 2 * cos(2 * .pi * frequency / Double(rate))
    var (last, beforeLast) = (0.0, 0.0)
    for sample in samples { (last, beforeLast) = (Double(sample) + coefficient * last - beforeLast, last) }
    let power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast
    return 2 * max(0, power).squareRoot() / Double(samples.count)
  }

  static func sine(_ frequency: Double, rate: Int, seconds: Double, amplitude: Double = 16_000) -> [Int16] {
    (0..<Int(Double(rate) * seconds)).map { Int16(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
  }

  static func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }

  /// The longest stretch without sound, in milliseconds.
  static func longestSilence(in speech: Speech) -> Int {
    var (longest, run) = (0, 0)
    for start in stride(from: 0, to: speech.samples.count, by: 480) {
      let isSilent = level(speech.samples[start..<min(speech.samples.count, start + 480)]) < 60
      run = isSilent ? run + 10 : 0
      longest = max(longest, run)
    }
    return longest
  }

  static func mouth(of speech: Speech, at time: Duration) -> MouthShape {
    speech.mouth.last { $0.start <= time }?.shape ?? .closed
  }
}
