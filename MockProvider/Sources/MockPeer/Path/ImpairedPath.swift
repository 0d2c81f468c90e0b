// Delays and drops datagrams of one direction.
import Timekeeping

/// An ``Impairment`` at work on one direction. Pure: the same seed, datagrams and times give the same result.
struct ImpairedPath {
  struct Item: Hashable {
    let datagram: [UInt8]
    let path: PeerPath
  }

  private struct Waiting {
    let item: Item
    let due: MonotonicInstant
  }

  private var impairment: Impairment
  private let direction: Impairment.Directions
  private var random: SeededBits
  /// By due time; equal ones in the order in which they came.
  private var waiting: [Waiting] = []
  private var busyUntil: MonotonicInstant?
  private var lastDue: MonotonicInstant?
  private(set) var droppedCount: UInt64 = 0

  init(_ impairment: Impairment, _ direction: Impairment.Directions) {
    self.impairment = impairment
    self.direction = direction
    random = SeededBits(seed: impairment.seed &+ UInt64(direction.rawValue))
  }

  var isEmpty: Bool { waiting.isEmpty }
  var count: Int { waiting.count }

  /// Another impairment from now on; what is on the way arrives as planned.
  mutating func set(_ new: Impairment) {
    guard new != impairment else { return }
    if new.seed != impairment.seed { random = SeededBits(seed: new.seed &+ UInt64(direction.rawValue)) }
    impairment = new
    busyUntil = nil
  }

  /// Takes a datagram.
  /// - Returns: it, when it passes at once.
  mutating func take(_ item: Item, now: MonotonicInstant) -> Item? {
    let isImpaired = impairment.directions.contains(direction) && !impairment.isNone
    guard isImpaired || !waiting.isEmpty else { return item }
    // As many draws for each datagram, so that one setting does not shift the others' luck.
    let isLost = random.nextUnit() < impairment.loss
    let part = random.nextUnit()
    let isReordered = random.nextUnit() < impairment.reordering
    guard isImpaired else { return schedule(item, due: lastDue.map { max($0, now) } ?? now, now: now) }
    guard !isLost, waiting.count < Impairment.queueDatagrams, let start = transmit(item.datagram.count, now) else {
      droppedCount += 1
      return nil
    }
    let due = start.advanced(by: impairment.delay + impairment.jitter * part)
    if isReordered {
      return schedule(item, due: due.advanced(by: Impairment.reorderingDelay), now: now, keepsOrder: false)
    }
    return schedule(item, due: max(due, lastDue ?? due), now: now)
  }

  /// What is due, in order.
  mutating func takeDue(now: MonotonicInstant) -> [Item] {
    let count = waiting.firstIndex { $0.due > now } ?? waiting.count
    guard count > 0 else { return [] }
    let items = waiting[..<count].map(\.item)
    waiting.removeFirst(count)
    return items
  }

  /// When the last bit has left; nil when the queue has no room.
  private mutating func transmit(_ bytes: Int, _ now: MonotonicInstant) -> MonotonicInstant? {
    guard let bandwidth = impairment.bandwidth else { return now }
    let start = max(busyUntil ?? now, now)
    let queued = now.duration(to: start).seconds * Double(bandwidth) / 8
    guard queued + Double(bytes) <= Double(Impairment.queueBytes) else { return nil }
    let end = start.advanced(by: .nanoseconds(Int64(Double(bytes) * 8e9 / Double(bandwidth))))
    busyUntil = end
    return end
  }

  private mutating func schedule(
    _ item: Item, due: MonotonicInstant, now: MonotonicInstant, keepsOrder: Bool = true
  ) -> Item? {
    if keepsOrder { lastDue = due }
    if due <= now && (waiting.first.map { $0.due > now } ?? true) { return item }
    let index = waiting.lastIndex { $0.due <= due }.map { $0 + 1 } ?? 0
    waiting.insert(Waiting(item: item, due: due), at: index)
    return nil
  }
}
