// Loads the pictures and sounds that sessions ask for.
import Basics
import Glibc
import ProviderHTTP
import TalkingAvatar

/// Loads for all sessions of a mock. It is made before the mock knows its own port, and refuses that one from then on.
actor MediaLibrary {
  private let folders: [String]
  private let client: any ProviderHTTPClient
  private var ownPorts: Set<UInt16> = []

  init(folders: [String], client: any ProviderHTTPClient) {
    self.folders = folders
    self.client = client
  }

  /// The mock listens there: no URL leads back to its control surface.
  func refuse(port: Int) { ownPorts.insert(UInt16(clamping: port)) }

  /// The bytes behind a URL.
  func bytes(of url: String) async -> MediaOutcome {
    await MediaSource(folders: folders, client: client, refusedPorts: ownPorts).load(url)
  }

  /// The picture behind a URL; nil when there is none that can be shown. Decoded on another thread than the caller's.
  func photo(of url: String) async -> Photo? {
    guard case .loaded(let bytes) = await bytes(of: url) else { return nil }
    return await Self.photo(decoding: bytes)
  }

  @concurrent private static func photo(decoding bytes: [UInt8]) async -> Photo? { try? Photo(decoding: bytes) }
}

/// A hum of three seconds, four syllables in each. A mock never fetches a public URL, yet a client that names one must
/// be testable as if the file were there.
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
