// A filter that rings at one frequency, as a cavity of the mouth does.
import Foundation

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
