// Time in the units of a media clock.

extension Duration {
  /// Whole ticks of a clock of so many hertz, rounded down.
  func ticks(of rate: Int64) -> Int64 {
    let (seconds, fraction) = components
    // A hundred millionth of a second is finer than any media clock, and leaves room to multiply.
    return seconds &* rate &+ fraction / 10_000_000_000 * rate / 100_000_000
  }
}
