// Changes the sample rate of a sound without folding what is above the new limit into what is heard.
import Foundation

/// A polyphase low-pass of windowed sincs (Oppenheim, Schafer: "Discrete-Time Signal Processing", section 4.6).
struct Resampler {
  private typealias Vector = SIMD8<Float>

  /// Zero crossings of the sinc on each side.
  static let crossings = 16
  /// The most filters that are kept; where the ratio needs more, the nearest is taken.
  static let maximumPhases = 1024

  private let from: Int
  private let to: Int
  private let phases: Int
  /// How many input samples lie on each side of an output sample.
  private let half: Int
  /// How many input samples one filter spans, filled up with zeros to whole vectors.
  private let taps: Int
  /// One filter after the other.
  private let filters: [Float]

  /// - Parameters: rates in samples a second, both above zero.
  init(from: Int, to: Int) {
    let divisor = Self.commonDivisor(from, to)
    self.from = from / divisor
    self.to = to / divisor
    phases = min(self.to, Self.maximumPhases)
    // The pass band ends a little below half of the lower rate.
    let cutoff = min(1, Double(to) / Double(from)) * 0.94
    let half = Int((Double(Self.crossings) / cutoff).rounded(.up))
    self.half = half
    taps = (2 * half + Vector.scalarCount - 1) / Vector.scalarCount * Vector.scalarCount
    filters = Self.filters(phases: phases, half: half, taps: taps, cutoff: cutoff)
  }

  private static func commonDivisor(_ first: Int, _ second: Int) -> Int {
    second == 0 ? first : commonDivisor(second, first % second)
  }

  private static func filters(phases: Int, half: Int, taps: Int, cutoff: Double) -> [Float] {
    var filters: [Float] = []
    filters.reserveCapacity(phases * taps)
    for phase in 0..<phases {
      let fraction = Double(phase) / Double(phases)
      let filter = (0..<taps).map { tap in
        coefficient(at: Double(tap - half + 1) - fraction, half: Double(half), cutoff: cutoff)
      }
      // Every filter passes a constant unchanged.
      let sum = filter.reduce(0, +)
      filters += filter.map { Float($0 / sum) }
    }
    return filters
  }

  /// A sinc under a Blackman window.
  private static func coefficient(at time: Double, half: Double, cutoff: Double) -> Double {
    guard abs(time) < half else { return 0 }
    let angle = Double.pi * time / half
    let window = 0.42 + 0.5 * cos(angle) + 0.08 * cos(2 * angle)
    let argument = Double.pi * cutoff * time
    return window * (time == 0 ? 1 : sin(argument) / argument)
  }

  /// The same sound at the other rate, as long as before to the nearest sample.
  func resample(_ input: [Int16], _ cancellation: Cancellation) throws(SpeechError) -> [Int16] {
    guard from != to, !input.isEmpty else { return input }
    let padded = [Float](repeating: 0, count: half) + input.map(Float.init) + [Float](repeating: 0, count: taps)
    let count = (input.count * to + from / 2) / from
    var output = [Int16](repeating: 0, count: count)
    var done = 0
    while done < count {
      try cancellation.check()
      let end = min(count, done + Speech.sampleRate)
      fill(&output, done..<end, from: padded)
      done = end
    }
    return output
  }

  private func fill(_ output: inout [Int16], _ range: Range<Int>, from padded: [Float]) {
    padded.withUnsafeBytes { padded in
      filters.withUnsafeBytes { filters in
        for index in range {
          let position = index * from
          let phase = (position % to) * phases / to
          let first = position / to + 1
          var sums = Vector.zero
          for tap in stride(from: 0, to: taps, by: Vector.scalarCount) {
            sums += Self.vector(padded, at: first + tap) * Self.vector(filters, at: phase * taps + tap)
          }
          output[index] = Int16(max(-32768, min(32767, sums.sum().rounded())))
        }
      }
    }
  }

  private static func vector(_ floats: UnsafeRawBufferPointer, at index: Int) -> Vector {
    floats.loadUnaligned(fromByteOffset: index * MemoryLayout<Float>.size, as: Vector.self)
  }
}

extension Resampler {
  /// espeak-ng's rate; computing its filters takes longer than a short utterance.
  private static let fromEspeak = Resampler(from: 22_050, to: Speech.sampleRate)

  static func shared(from rate: Int) -> Resampler {
    rate == 22_050 ? fromEspeak : Resampler(from: rate, to: Speech.sampleRate)
  }
}
