// Seeds that found something once. They are played first.

/// The seeds, each with what it found.
enum RegressionSeeds {
  static let all: [UInt64] = [1]
}
