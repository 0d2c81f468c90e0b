// Keeps how many there are of each kind, so that nobody has to count them.

/// Numbers by key. A key whose number is zero takes no room.
struct Tally<Key: Hashable & Sendable>: Sendable, Hashable {
  private var numbers: [Key: Int] = [:]

  /// How many there are of a kind.
  subscript(key: Key) -> Int { numbers[key] ?? 0 }

  /// Adds to the number of a kind; a negative change takes away.
  mutating func add(_ change: Int, to key: Key) {
    let number = self[key] + change
    assert(number >= 0, "less than none is left of \(key)")
    numbers[key] = number == 0 ? nil : number
  }
}
