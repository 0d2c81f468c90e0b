// Reads durations that a provider states.
import StrictJSON

extension Duration {
  /// The longest duration that is believed: a day, in seconds.
  private static let longestBelieved = 86_400.0

  /// Reads a number of units; nil for what is no number, negative or absurd.
  /// - Parameter unitsPerSecond: 1 for seconds, 1000 for milliseconds.
  public init?(_ value: JSONValue?, unitsPerSecond: Double) {
    guard let seconds = value?.double.map({ $0 / unitsPerSecond }), (0...Self.longestBelieved).contains(seconds) else {
      return nil
    }
    // Whole microseconds: no provider states finer ones, and the rest is the error of floating-point numbers.
    self = .microseconds(Int64((seconds * 1_000_000).rounded()))
  }
}
