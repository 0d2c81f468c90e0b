// Holds elements first in, first out, without ever moving those that stay.

/// A queue in an array that is used round and round: adding at the end and taking from the front cost the same however many
/// there are. It grows to twice its size when it is full and keeps that room.
struct Ring<Element: Sendable>: Sendable {
  private var slots: [Element?] = []
  /// The slot of the first element.
  private var head = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// An element by its distance from the first.
  subscript(index: Int) -> Element {
    guard index < count, let element = slots[slot(of: index)] else {
      preconditionFailure("there is no element \(index)")
    }
    return element
  }

  mutating func append(_ element: Element) {
    if count == slots.count { grow() }
    slots[slot(of: count)] = element
    count += 1
  }

  /// Takes the first element; there has to be one.
  @discardableResult
  mutating func removeFirst() -> Element {
    let first = self[0]
    slots[head] = nil
    head = slot(of: 1)
    count -= 1
    return first
  }

  /// The last elements, first of them first.
  /// - Parameter length: how many, at most ``count``.
  func suffix(_ length: Int) -> [Element] { (count - length..<count).map { self[$0] } }

  private func slot(of index: Int) -> Int {
    let slot = head + index
    return slot < slots.count ? slot : slot - slots.count
  }

  private mutating func grow() {
    let length = max(8, slots.count * 2)
    slots = suffix(count) + [Element?](repeating: nil, count: length - count)
    head = 0
  }
}
