// What is heard in place of a sound file that is not on this machine.
import Glibc
import TalkingAvatar
import Timekeeping

/// A hum of three seconds, four syllables in each. A mock never fetches a public URL, yet a client that names one is to
/// be tested with as if the file were there.
enum StandInSound {
  private static let frequency = 220.0
  private static let syllable = Duration.milliseconds(250)
  private static let amplitude = 9000.0

  static let speech: Speech = {
    let rate = Double(Speech.sampleRate)
    let count = Int(SpeechDuration.audioFile / .seconds(1) * rate)
    let samples = (0..<count).map { index -> Int16 in
      let time = Double(index) / rate
      let envelope = sin(.pi * (time / (syllable / .seconds(1))).truncatingRemainder(dividingBy: 1))
      return Int16(amplitude * envelope * sin(2 * .pi * frequency * time))
    }
    let cues = (0..<Int(SpeechDuration.audioFile / syllable)).flatMap { index in
      let start = syllable * index
      return [
        Speech.MouthCue(start: start, shape: MouthShape(openness: 0.3)),
        Speech.MouthCue(start: start + syllable / 4, shape: MouthShape(openness: 0.7)),
        Speech.MouthCue(start: start + syllable * 3 / 4, shape: MouthShape(openness: 0.2)),
      ]
    }
    return Speech(samples: samples, mouth: cues, words: [])
  }()
}
