// Counts how many there are of each of many.

/// Numbers by key, as connections by address. A key whose number is zero takes no room.
public struct Tally<Key: Hashable & Sendable>: Sendable, Hashable {
  private var numbers: [Key: Int] = [:]

  /// Begins with none of anything.
  public init() {}

  /// How many there are of a kind.
  public subscript(key: Key) -> Int { numbers[key] ?? 0 }

  /// Adds to the number of a kind; a negative change takes away.
  public mutating func add(_ change: Int, to key: Key) {
    let number = self[key] + change
    assert(number >= 0, "less than none is left of \(key)")
    numbers[key] = number == 0 ? nil : number
  }
}
