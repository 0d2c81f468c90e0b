// Speaks with the built-in voice: a buzz and a hiss, filtered by the shape of a mouth.
import Foundation

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

/// Reads a run letter by letter and sings the vowels in between.
struct FormantSpeaker: RunSpeaker {
  func say(
    _ run: TextRun, isFemale: Bool, isLast: Bool, _ cancellation: Cancellation
  ) throws(SpeechError) -> RunSound {
    var phones = PhoneReader(run).phones
    if isLast, phones.last?.sound == .pause { phones.removeLast() }
    var synthesizer = FormantSynthesizer(pitch: isFemale ? 205 : 120)
    var sound = RunSound(samples: [], mouth: [], anchors: [])
    for (index, phone) in phones.enumerated() {
      try cancellation.check()
      let time = SpeechAssembler.duration(of: sound.samples.count)
      guard time <= SpeechLimits.duration else { throw SpeechError(.speechTooLong) }
      if sound.mouth.last?.shape != phone.mouth { sound.mouth.append(Speech.MouthCue(start: time, shape: phone.mouth)) }
      if sound.anchors.last?.position != phone.position {
        sound.anchors.append(RunSound.Anchor(position: phone.position, time: time))
      }
      synthesizer.append(phone, clause: Self.clause(around: index, in: phones), to: &sound.samples)
    }
    sound.anchors.append(
      RunSound.Anchor(
        position: run.start + run.text.unicodeScalars.count,
        time: SpeechAssembler.duration(of: sound.samples.count)))
    return sound
  }

  /// How much of the words between two pauses is over, 0 to 1; looked up within a bounded distance.
  private static func clause(around index: Int, in phones: [Phone]) -> Float {
    let reach = 60
    var start = index
    while start > 0, index - start < reach, phones[start - 1].sound != .pause { start -= 1 }
    var end = index
    while end < phones.count - 1, end - index < reach, phones[end + 1].sound != .pause { end += 1 }
    return Float(index - start) / Float(max(1, end - start))
  }
}

/// A parallel formant synthesizer, small and deterministic.
struct FormantSynthesizer {
  /// After so many samples the filters are tuned anew: 2.5 ms.
  private static let block = 120
  /// Brings a vowel to about a sixth of full scale.
  private static let gain: Float = 9000

  private let pitch: Float
  private var tract = VocalTract()
  private var resonators = [Resonator(), Resonator(), Resonator()]
  private var hiss = Resonator()
  /// Where the vocal folds are in their cycle, 0 to 1.
  private var cycle: Float = 0
  private var lastFlow: Float = 0
  private var random: UInt32 = 0x2545_F491

  /// - Parameter pitch: the mean frequency of the voice in hertz.
  init(pitch: Float) { self.pitch = pitch }

  /// Adds the samples of one phone.
  /// - Parameter clause: how much of the words between two pauses is over, 0 to 1: the pitch falls meanwhile.
  mutating func append(_ phone: Phone, clause: Float, to samples: inout [Int16]) {
    let count = SpeechAssembler.samples(in: phone.duration)
    let isPause = phone.sound == .pause
    for start in stride(from: 0, to: count, by: Self.block) {
      tract.approach(VocalTract(phone.sound, progress: Float(start) / Float(count)), share: isPause ? 0.4 : 0.16)
      let length = min(Self.block, count - start)
      // What rings on is over after 30 ms; then silence is silence.
      if isPause, start > 12 * Self.block {
        samples += repeatElement(0, count: length)
      } else {
        tune()
        let frequency = pitch * (1.16 - 0.28 * clause + 0.03 * sin(Float(samples.count) / 5200))
        for _ in 0..<length { samples.append(next(frequency)) }
      }
    }
    if isPause { rest() }
  }

  private mutating func tune() {
    for index in 0..<3 { resonators[index].tune(to: tract.formants[index], bandwidth: 60 + 30 * Float(index)) }
    hiss.tune(to: tract.noiseFrequency, bandwidth: tract.noiseFrequency / 3)
  }

  private mutating func rest() {
    tract = VocalTract()
    resonators = [Resonator(), Resonator(), Resonator()]
    hiss = Resonator()
    lastFlow = 0
    cycle = 0
  }

  private mutating func next(_ frequency: Float) -> Int16 {
    cycle += frequency / Float(Speech.sampleRate)
    if cycle >= 1 { cycle -= 1 }
    let flow = Self.flow(cycle)
    // Lips radiate the change of the flow.
    let buzz = (flow - lastFlow) * 20 * tract.voice
    lastFlow = flow
    random = random &* 1_664_525 &+ 1_013_904_223
    let white = Float(Int32(bitPattern: random)) / Float(Int32.max) * tract.noise
    let voiced =
      resonators[0].filter(buzz) + 0.7 * resonators[1].filter(buzz) + 0.4 * resonators[2].filter(buzz)
    let value = (voiced + 0.9 * hiss.filter(white)) * Self.gain
    return Int16(max(-32767, min(32767, value)))
  }

  /// The air through the vocal folds (Rosenberg: "Effect of glottal pulse shape", JASA 49, 1971, shape C).
  private static func flow(_ cycle: Float) -> Float {
    if cycle < 0.4 { return 0.5 * (1 - cos(.pi * cycle / 0.4)) }
    if cycle < 0.56 { return cos(.pi / 2 * (cycle - 0.4) / 0.16) }
    return 0
  }
}

/// What one phone wants of the vocal tract, or what it has come to.
struct VocalTract {
  /// The first three formants in hertz (Peterson, Barney: "Control methods used in a study of the vowels", 1952).
  var formants: SIMD3<Float> = [500, 1500, 2500]
  /// Loudness of the voice, 0 to 1.
  var voice: Float = 0
  /// Loudness of the noise, 0 to 1.
  var noise: Float = 0
  /// Where the noise lies in hertz.
  var noiseFrequency: Float = 3000

  init() {}

  /// - Parameter progress: how much of the phone is over, 0 to 1.
  init(_ sound: Phone.Sound, progress: Float) {
    switch sound {
    case .vowel(let vowel):
      formants = Self.formants(of: vowel)
      voice = 1
    case .nasal(let isLabial):
      formants = [280, isLabial ? 1000 : 1500, 2300]
      voice = 0.45
    case .liquid(let isRound):
      formants = isRound ? [320, 750, 2300] : [380, 1300, 2600]
      voice = 0.65
    case .fricative(let frequency, let isVoiced, _):
      voice = isVoiced ? 0.3 : 0
      noise = 0.5
      noiseFrequency = frequency
    case .stop(let isVoiced, let isLabial):
      // Closed first, then a burst.
      voice = isVoiced ? 0.2 : 0
      noise = progress > 0.6 ? 0.7 : 0
      noiseFrequency = isLabial ? 1200 : 3500
    case .pause: break
    }
  }

  private static func formants(of vowel: Phone.Vowel) -> SIMD3<Float> {
    switch vowel {
    case .a: [730, 1090, 2440]
    case .e: [530, 1840, 2480]
    case .i: [270, 2290, 3010]
    case .o: [570, 840, 2410]
    case .u: [300, 870, 2240]
    }
  }

  /// Moves part of the way to another state.
  mutating func approach(_ target: VocalTract, share: Float) {
    formants += (target.formants - formants) * share
    voice += (target.voice - voice) * share
    noise += (target.noise - noise) * share
    noiseFrequency = target.noise > 0 ? target.noiseFrequency : noiseFrequency
  }
}

/// A two-pole resonator (Klatt: "Software for a cascade/parallel formant synthesizer", JASA 67, 1980, section I.C).
struct Resonator {
  private var gain: Float = 0
  private var first: Float = 0
  private var second: Float = 0
  private var last: Float = 0
  private var beforeLast: Float = 0

  /// - Parameters: both in hertz.
  mutating func tune(to frequency: Float, bandwidth: Float) {
    let rate = Float(Speech.sampleRate)
    let radius = exp(-.pi * bandwidth / rate)
    second = -radius * radius
    first = 2 * radius * cos(2 * .pi * frequency / rate)
    gain = 1 - first - second
  }

  mutating func filter(_ input: Float) -> Float {
    let output = gain * input + first * last + second * beforeLast
    beforeLast = last
    last = output
    return output
  }
}
