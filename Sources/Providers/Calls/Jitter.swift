// The source of randomness of the pauses between attempts.

/// Draws fractions of a pause.
public struct Jitter: Sendable {
  private let draw: @Sendable () -> Double

  /// Makes a source from a function that returns numbers from 0 to 1; others are brought into that range.
  public init(_ draw: @escaping @Sendable () -> Double) { self.draw = draw }

  /// The system's random numbers.
  public static let random = Jitter { Double.random(in: 0...1) }

  /// Always the same fraction, for tests.
  public static func fixed(_ fraction: Double) -> Jitter { Jitter { fraction } }

  /// A number from 0 to 1.
  func fraction() -> Double { min(max(draw(), 0), 1) }
}
