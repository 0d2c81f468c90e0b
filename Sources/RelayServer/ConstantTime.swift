// Comparing a secret with a guess.

/// A comparison whose time says nothing about where two texts differ.
enum ConstantTime {
  /// Whether two texts are the same; only their lengths can be told from the time it takes.
  static func areEqual(_ one: String, _ other: String) -> Bool {
    let (left, right) = (Array(one.utf8), Array(other.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
